//! The page against XML, hostile names, and lines that are too long.

use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;

use super::*;

fn face(event_name: &str) -> Face {
    Face {
        event_name: event_name.to_owned(),
        start_time: Utc.with_ymd_and_hms(2027, 7, 1, 18, 30, 0).unwrap(),
        time_zone: "Europe/London".to_owned(),
        theater_name: "The Globe".to_owned(),
        screen_name: "Great Hall".to_owned(),
        seat_number: "F12".to_owned(),
        section: "Stalls".to_owned(),
        row: "F".to_owned(),
    }
}

fn draw(face: &Face) -> String {
    svg(face, "bkg_abc", &Qr::new("UT1:AAAA").unwrap())
}

/// The page's title, and its lines.
fn words(svg: &str) -> (String, Vec<String>) {
    let page = roxmltree::Document::parse(svg).unwrap();
    let of = |name: &str| -> Vec<_> {
        let found = page.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
        found.map(|node| node.text().unwrap_or_default().to_owned()).collect()
    };
    (of("title").concat(), of("text"))
}

#[test]
fn it_says_what_a_guest_needs() {
    let (title, lines) = words(&draw(&face("Hamlet & Co. <live>")));
    assert_eq!(title, "Ticket: Hamlet & Co. <live>, Seat F12");
    let expected = [
        "Hamlet & Co. <live>",
        "Thu 1 Jul 2027, 19:30 BST",
        "The Globe, Great Hall",
        "Seat F12",
        "Stalls, row F",
        "bkg_abc",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_not_known_is_left_out() {
    let plain =
        Face { time_zone: "Nowhere/Else".to_owned(), section: String::new(), row: String::new(), ..face("Hamlet") };
    let (_, lines) = words(&draw(&plain));
    assert_eq!(lines[1..], ["Thu 1 Jul 2027, 18:30 UTC", "The Globe, Great Hall", "Seat F12", "bkg_abc"]);
}

#[test]
fn the_page_is_as_high_as_its_lines() {
    for name in ["Hamlet", &"A very long evening ".repeat(20)] {
        let svg = draw(&face(name));
        let page = roxmltree::Document::parse(&svg).unwrap();
        let height: u32 =
            page.root_element().attribute("viewBox").unwrap().rsplit_once(' ').unwrap().1.parse().unwrap();
        let ends = page.descendants().filter_map(|node| node.attribute("y")?.parse::<u32>().ok()).max().unwrap();
        assert!((0..UNITS_PER_MM).contains(&(height - MARGIN / 2 - ends)), "{ends} of {height}");
        let height_mm = page.root_element().attribute("height").unwrap();
        assert_eq!(height_mm, format!("{}mm", height / UNITS_PER_MM), "as wide as it is high in both units");
    }
}

proptest! {
    /// Whatever a name holds, it is text on this page, and nothing else is.
    #[test]
    fn no_name_breaks_out_of_its_line(name in ".{1,300}", row in "[<>&\"'/=a-z\u{0}-\u{1f}\u{fffe}]{0,40}") {
        let svg = draw(&Face { row, seat_number: name.chars().take(40).collect(), ..face(&name) });
        let page = roxmltree::Document::parse(&svg).unwrap();
        for node in page.descendants().filter(roxmltree::Node::is_element) {
            prop_assert!(["svg", "title", "rect", "path", "g", "text"].contains(&node.tag_name().name()));
            prop_assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")));
            let known = ["xmlns", "width", "height", "viewBox", "role", "aria-labelledby", "id", "fill", "transform",
                "shape-rendering", "d", "font-family", "text-anchor", "x", "y", "font-size", "font-weight"];
            prop_assert!(node.attributes().all(|attribute| known.contains(&attribute.name())));
        }
    }

    #[test]
    fn lines_are_full_but_not_too_full(text in "\\PC{0,300}", size in 8u32..40, lines_max in 1usize..4) {
        let room = (WIDTH - MARGIN) * 100 / size;
        let lines = wrap(&text, room, lines_max);
        prop_assert!(lines.len() <= lines_max);
        prop_assert!(lines.iter().all(|line| !line.is_empty() && width(line) <= room));
        let all: String = text.split_whitespace().collect();
        let shown: String = lines.concat().split_whitespace().collect();
        prop_assert!(shown == all || shown.strip_suffix('…').is_some_and(|shown| all.starts_with(shown)));
    }
}
