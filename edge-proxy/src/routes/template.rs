//! Path templates of `google.api.http`: literals and `{field.path}` variables, one segment each. Refuses what no
//! contract of Usher uses (wildcards, verbs), at start and by name.

use std::fmt;

/// A path template: `/v1/event/{event_id}/seats`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// The path of the request's field that the segment fills.
    Variable(String),
}

impl Template {
    /// Reads a template; an error says what it must look like.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let path = text.strip_prefix('/').ok_or("must begin with a slash")?;
        path.split('/').map(segment).collect::<Result<_, _>>().map(Self)
    }

    /// The raw text of each variable in `path`, in the template's order; `None` where the path is another one.
    pub(crate) fn matches<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let mut values = Vec::new();
        for segment in &self.0 {
            let part = parts.next()?;
            match segment {
                Segment::Literal(literal) if literal == part => {}
                Segment::Variable(_) if !part.is_empty() => values.push(part),
                _ => return None,
            }
        }
        parts.next().is_none().then_some(values)
    }

    /// The field paths of its variables, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Variable(field) => Some(field.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Whether some path matches both with the same right: then neither may stand beside the other.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        let same = |pair: (&Segment, &Segment)| match pair {
            (Segment::Literal(one), Segment::Literal(two)) => one == two,
            (Segment::Variable(_), Segment::Variable(_)) => true,
            _ => false,
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }

    /// Sorts literals before variables, so that `/v1/event/best` wins over `/v1/event/{event_id}`.
    pub(crate) fn precedence(&self) -> Vec<bool> {
        self.0.iter().map(|segment| matches!(segment, Segment::Variable(_))).collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Literal(literal) => write!(f, "/{literal}"),
            Segment::Variable(field) => write!(f, "/{{{field}}}"),
        })
    }
}

fn segment(text: &str) -> Result<Segment, &'static str> {
    let Some(variable) = text.strip_prefix('{') else {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        return if plain {
            Ok(Segment::Literal(text.to_owned()))
        } else {
            Err("its segments must be plain names or {field}")
        };
    };
    let field = variable.strip_suffix('}').ok_or("a variable must fill its segment: {field}")?;
    let named = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    if named { Ok(Segment::Variable(field.to_owned())) } else { Err("a variable must name a field: {field}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_fill_whole_segments() {
        let template = Template::parse("/v1/event/{event_id}/seats").unwrap();
        assert_eq!(template.matches("/v1/event/7/seats"), Some(vec!["7"]));
        assert_eq!(template.matches("/v1/event/a%2Fb/seats"), Some(vec!["a%2Fb"]));
        for other in ["/v1/event/7", "/v1/event//seats", "/v1/event/7/seats/", "/v1/event/7/8/seats", "v1", ""] {
            assert_eq!(template.matches(other), None, "{other}");
        }
        assert_eq!(template.to_string(), "/v1/event/{event_id}/seats");
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for wrong in ["", "v1", "/v1/**", "/v1/{name=**}", "/v1/x:verb", "/v1/{a}b", "/v1//x", "/v1/{}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shapes_that_would_fight_are_seen() {
        let parse = |text| Template::parse(text).unwrap();
        assert!(parse("/v1/{a}").same_shape(&parse("/v1/{b}")));
        assert!(!parse("/v1/{a}").same_shape(&parse("/v1/b")));
        assert!(parse("/v1/b").precedence() < parse("/v1/{a}").precedence());
    }
}
