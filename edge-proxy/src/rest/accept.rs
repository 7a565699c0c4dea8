//! Which content types a caller accepts (RFC 9110, 12.5.1). Pure.

use http::{HeaderMap, StatusCode, header};

use crate::refusal::Refused;

/// How much a content type is wanted: by its weight in thousandths, then by how exactly it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    weight: u16,
    exactness: Exactness,
}

/// How a content type is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    /// `*/*`, or no header at all.
    Any,
    /// `application/*`.
    Half,
    /// `application/jwk-set+json`, for JSON.
    Suffix,
    /// Itself.
    Whole,
}

/// How much the caller wants an answer of `content_type`; `None` where not at all.
pub(super) fn wish(headers: &HeaderMap, content_type: &str) -> Option<Wish> {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    if accepted.peek().is_none() {
        return Some(Wish { weight: 1_000, exactness: Exactness::Any });
    }
    let ranges = accepted.filter_map(|accept| accept.to_str().ok()).flat_map(|accept| accept.split(','));
    let wishes = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let exactness = exactness(parts.next()?, content_type)?;
        Some(Wish { weight: weight(parts), exactness })
    });
    // The most exact range says it, whatever others weigh.
    wishes.max_by_key(|wish| wish.exactness).filter(|wish| wish.weight > 0)
}

/// Says what there is to accept.
pub(super) fn refused(content_types: &[&str]) -> Refused {
    let message = format!("the answer is {}: send accept with that, or leave it out", content_types.join(" or "));
    Refused::http(StatusCode::NOT_ACCEPTABLE, message)
}

fn exactness(range: &str, content_type: &str) -> Option<Exactness> {
    let (kind, name) = content_type.split_once('/')?;
    let (range_kind, range_name) = range.split_once('/')?;
    match (range_kind, range_name) {
        ("*", "*") => Some(Exactness::Any),
        (range, _) if !range.eq_ignore_ascii_case(kind) => None,
        (_, "*") => Some(Exactness::Half),
        (_, range) if range.eq_ignore_ascii_case(name) => Some(Exactness::Whole),
        (_, range) => {
            range.rsplit_once('+').filter(|(_, suffix)| suffix.eq_ignore_ascii_case(name)).map(|_| Exactness::Suffix)
        }
    }
}

fn weight<'p>(mut parameters: impl Iterator<Item = &'p str>) -> u16 {
    let weight = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())?
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000 after clamping")]
    let thousandths = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1_000.0) as u16;
    thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(accept: &str, content_type: &str) -> Option<Wish> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        wish(&headers, content_type)
    }

    #[test]
    fn what_is_wanted_is_known_from_what_is_not() {
        let json = "application/json";
        for wanted in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "*/*",
            "application/*",
            "text/html, */*;q=0.1",
            "application/jwk-set+json",
            "text/html;q=1, application/json;q=0.001",
        ] {
            assert!(accepts(wanted, json).is_some(), "{wanted}");
        }
        for unwanted in
            ["text/html", "text/*", "application/json;q=0", "*/*, application/json;q=0", "application/xml", "json", ""]
        {
            assert!(accepts(unwanted, json).is_none(), "{unwanted}");
        }
        assert!(wish(&HeaderMap::new(), json).is_some(), "who says nothing takes anything");
    }

    #[test]
    fn the_heavier_wish_wins_and_then_the_more_exact_one() {
        let (events, lines) = ("text/event-stream", "application/x-ndjson");
        let cases = [
            ("application/x-ndjson", true),
            ("application/x-ndjson, */*", true),
            ("text/event-stream, application/x-ndjson;q=0.9", false),
            ("text/event-stream;q=0.5, application/x-ndjson", true),
            ("text/event-stream, application/x-ndjson", false),
            ("*/*", false),
            ("application/*;q=0.5, */*;q=0.1", true),
        ];
        for (accept, wants_lines) in cases {
            assert_eq!(accepts(accept, lines) > accepts(accept, events), wants_lines, "{accept}");
        }
    }
}
