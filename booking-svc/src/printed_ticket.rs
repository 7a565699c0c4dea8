//! A seat's ticket as a page to print or to show on a screen: the QR code, and in words what it is for. Runs no script
//! and loads nothing. Pure.

use std::fmt::Write as _;

use chrono_tz::Tz;

use crate::{qr::Qr, seat::Timestamp};

/// What a ticket says in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The event.
    pub event_name: String,
    /// When it starts.
    pub start_time: Timestamp,
    /// The house's time zone, by its IANA name.
    pub time_zone: String,
    /// The house.
    pub theater_name: String,
    /// Where in the house.
    pub screen_name: String,
    /// The seat.
    pub seat_number: String,
    /// The part of the house; may be empty.
    pub section: String,
    /// The row; may be empty.
    pub row: String,
}

/// The page's units: 400 of them are 100 mm.
const WIDTH: u32 = 400;
const UNITS_PER_MM: u32 = 4;
const MARGIN: u32 = 40;
/// Between one line's text and the next one's.
const GAP: u32 = 6;
const QR_WIDTH: u32 = WIDTH - 2 * MARGIN;

/// A line of text: how large, how bold, and in how many lines at most.
struct Line<'t> {
    text: &'t str,
    size: u32,
    weight: &'static str,
    lines_max: usize,
}

/// The ticket of `face`, with its booking's name and its token's `qr`.
#[must_use]
pub fn svg(face: &Face, booking: &str, qr: &Qr) -> String {
    let place = join(", ", [&face.theater_name, &face.screen_name]);
    let row = if face.row.is_empty() { String::new() } else { format!("row {}", face.row) };
    let (when, part, seat) = (when(face), join(", ", [&face.section, &row]), format!("Seat {}", face.seat_number));
    let head = [
        Line { text: &face.event_name, size: 24, weight: "bold", lines_max: 3 },
        Line { text: &when, size: 16, weight: "normal", lines_max: 1 },
        Line { text: &place, size: 16, weight: "normal", lines_max: 2 },
        Line { text: &seat, size: 28, weight: "bold", lines_max: 2 },
        Line { text: &part, size: 16, weight: "normal", lines_max: 2 },
    ];
    let (mut words, mut y) = (String::new(), MARGIN / 2);
    for line in &head {
        y = write_line(&mut words, line, y) + GAP;
    }
    let qr_top = y;
    let foot = Line { text: booking, size: 11, weight: "normal", lines_max: 2 };
    let height = (write_line(&mut words, &foot, qr_top + QR_WIDTH) + MARGIN / 2).next_multiple_of(UNITS_PER_MM);
    let (width_mm, height_mm) = (WIDTH / UNITS_PER_MM, height / UNITS_PER_MM);
    let title = escape(&format!("Ticket: {}, {seat}", face.event_name));
    let (scale, path) = (f64::from(QR_WIDTH) / f64::from(qr.size()), qr.path());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" height=\"{height_mm}mm\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title\"><title id=\"title\">{title}</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <path transform=\"translate({MARGIN} {qr_top}) scale({scale:.5})\" shape-rendering=\"crispEdges\" d=\"{path}\"/>\
         <g font-family=\"sans-serif\" text-anchor=\"middle\">{words}</g></svg>\n"
    )
}

/// When the event starts, as the clock of its house shows it; in UTC where nobody knows its zone.
fn when(face: &Face) -> String {
    let zone = face.time_zone.parse().unwrap_or(Tz::UTC);
    face.start_time.with_timezone(&zone).format("%a %-d %b %Y, %H:%M %Z").to_string()
}

fn join(between: &str, parts: [&String; 2]) -> String {
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    parts.join(between)
}

/// Writes a line, in as many as it takes, below `y`; answers where it ends.
fn write_line(svg: &mut String, line: &Line<'_>, mut y: u32) -> u32 {
    let Line { size, weight, .. } = line;
    let room = (WIDTH - MARGIN) * 100 / size;
    for part in wrap(line.text, room, line.lines_max) {
        y += size * 5 / 4;
        let (x, text) = (WIDTH / 2, escape(&part));
        // Writing to a String can't fail.
        _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\">{text}</text>");
    }
    y
}

/// The text in lines that have `room`, broken between words where it can be; what is left over ends in "…".
fn wrap(text: &str, room: u32, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for mut word in text.split_whitespace() {
        while let Some(line) = lines.last_mut() {
            let space = if line.is_empty() { "" } else { " " };
            if width(line) + width(space) + width(word) <= room {
                line.push_str(space);
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                // No line holds this word.
                let (head, tail) = word.split_at(fitting(word, room));
                line.push_str(head);
                word = tail;
            }
            lines.push(String::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            last.truncate(fitting(last, room.saturating_sub(width("…"))));
            last.push('…');
        }
    }
    lines
}

/// How many bytes of `text` have room; one character always has.
fn fitting(text: &str, room: u32) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|&(at, letter)| {
        used += width_of(letter);
        used > room && at > 0
    });
    over.map_or(text.len(), |(at, _)| at)
}

fn width(text: &str) -> u32 {
    text.chars().map(width_of).sum()
}

/// How wide a letter is in most typefaces, in hundredths of its height: rather too wide, as nobody measures it here.
const fn width_of(letter: char) -> u32 {
    match letter {
        ' '..='/' => 45,
        'A'..='Z' | '@' => 78,
        ..'\u{1100}' => 62,
        _ => 100,
    }
}

/// The text as XML has it. What XML can't say at all becomes U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'.. => escaped.push(letter),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
