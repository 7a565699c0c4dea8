use super::*;

fn parse(text: &str) -> Template {
    Template::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

#[test]
fn each_template_matches_its_paths_and_no_others() {
    let matching: [(&str, &str, &[&str]); 22] = [
        ("/v1/event/{event_id}/seats", "/v1/event/7/seats", &["7"]),
        ("/v1/event/{event_id}/seats", "/v1/event/a%2Fb/seats", &["a%2Fb"]),
        ("/v1/*/x", "/v1/anything/x", &[]),
        ("/v1/{a=*}", "/v1/7", &["7"]),
        ("/v1/{a=shelves/*}", "/v1/shelves/7", &["shelves/7"]),
        ("/v1/{a=shelves/*}/books/{b.c}", "/v1/shelves/7/books/8", &["shelves/7", "8"]),
        ("/v1/{a=shelves/*/books/*}", "/v1/shelves/7/books/8", &["shelves/7/books/8"]),
        ("/v1/{a=shelves}/{b}", "/v1/shelves/7", &["shelves", "7"]),
        ("/v1/{a=**}", "/v1/x/y/z", &["x/y/z"]),
        ("/v1/{a=**}", "/v1/x", &["x"]),
        ("/v1/{a=**}", "/v1/", &[""]),
        ("/v1/{a=**}", "/v1", &[""]),
        ("/v1/{a=files/**}", "/v1/files/x/y", &["files/x/y"]),
        ("/v1/{a=files/**}", "/v1/files", &["files"]),
        ("/v1/{a}/**", "/v1/x/y/z", &["x"]),
        ("/v1/x:sort", "/v1/x:sort", &[]),
        ("/v1/{a}:sort", "/v1/7:sort", &["7"]),
        ("/v1/{a}:sort", "/v1/7:8:sort", &["7:8"]),
        ("/v1/{a}", "/v1/7:sort", &["7:sort"]),
        ("/v1/{a=**}:sort", "/v1/x/y:sort", &["x/y"]),
        ("/**", "/", &[]),
        ("/{a=**}", "/x/y", &["x/y"]),
    ];
    for (template, path, captured) in matching {
        assert_eq!(parse(template).matches(path).as_deref(), Some(captured), "{template} on {path}");
    }
    let other = [
        ("/v1/event/{event_id}/seats", "/v1/event/7"),
        ("/v1/event/{event_id}/seats", "/v1/event//seats"),
        ("/v1/event/{event_id}/seats", "/v1/event/7/seats/"),
        ("/v1/event/{event_id}/seats", "/v1/event/7/8/seats"),
        ("/v1/event/{event_id}/seats", "v1/event/7/seats"),
        ("/v1/event/{event_id}/seats", ""),
        ("/v1/{a=shelves/*}", "/v1/shelves"),
        ("/v1/{a=shelves/*}", "/v1/shelfs/7"),
        ("/v1/{a=shelves/*}", "/v1/shelves/7/8"),
        ("/v1/{a=**}", "/v1/x//y"),
        ("/v1/{a=**}", "/v1//"),
        ("/v1/{a=**}", "/v2"),
        ("/v1/{a}:sort", "/v1/7"),
        ("/v1/{a}:sort", "/v1/7sort"),
        ("/v1/{a}:sort", "/v1/:sort"),
        ("/v1/{a}:sort", "/v1/7:sort/8"),
        ("/v1/x:sort", "/v1/x:sortx"),
    ];
    for (template, path) in other {
        assert_eq!(parse(template).matches(path), None, "{template} on {path}");
    }
}

#[test]
fn what_the_grammar_has_not_is_refused() {
    for wrong in [
        "",
        "v1",
        "/",
        "/v1/",
        "/v1//x",
        "/v1/{}",
        "/v1/{a}b",
        "/v1/a{b}",
        "/v1/{a",
        "/v1/a}",
        "/v1/{a.}",
        "/v1/{a..b}",
        "/v1/{a=}",
        "/v1/{a=b=c}",
        "/v1/{a={b}}",
        "/v1/{a={b}/c}",
        "/v1/***",
        "/v1/**/x",
        "/v1/{a=**}/x",
        "/v1/{a=**/x}",
        "/v1/{a}/{a}",
        "/v1/x:",
        "/v1/x:a:b",
        "/v1/x:*",
        "/v1/a*",
        "/v1/a b",
        "/v1/a?b=c",
        "/v1/é",
    ] {
        assert!(Template::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_most_exact_of_those_that_match_comes_first() {
    let order = [
        "/v1/{a}:sort",
        "/v1/**:sort",
        "/v1/a",
        "/v1/a/b",
        "/v1/a/{b}",
        "/v1/a/**",
        "/v1/{a}",
        "/v1/{a}/b",
        "/v1/{a=*}/{b}",
        "/v1/{a=**}",
        "/**",
    ];
    let mut sorted: Vec<_> = order.iter().rev().map(|text| parse(text)).collect();
    sorted.sort_by(Template::precedence);
    assert_eq!(sorted.iter().map(ToString::to_string).collect::<Vec<_>>(), order);
}

#[test]
fn shapes_that_would_fight_are_seen() {
    assert!(parse("/v1/{a}").same_shape(&parse("/v1/{b=*}")));
    assert!(parse("/v1/{a=x/*}").same_shape(&parse("/v1/x/{b}")));
    assert!(!parse("/v1/{a}").same_shape(&parse("/v1/b")));
    assert!(!parse("/v1/{a}").same_shape(&parse("/v1/{a}:sort")));
    assert!(!parse("/v1/*").same_shape(&parse("/v1/**")));
}

#[test]
fn documents_show_only_the_names() {
    assert_eq!(parse("/v1/{a=x/*}/{b.c}/{d=**}:sort").plain(), "/v1/{a}/{b.c}/{d}:sort");
    assert_eq!(parse("/v1/x").plain(), "/v1/x");
}
