//! Path templates of `google/api/http.proto`: literals, `*`, `**` at the end, variables over one or more segments, and a
//! verb. Reads the grammar strictly, at start; matches raw paths, decoding nothing.

use std::{cmp::Ordering, fmt};

/// A path template: `/v1/event/{event_id}/seats`, `/v1/{name=shelves/*}:sort`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    segments: Vec<Segment>,
    variables: Vec<Variable>,
    verb: Option<String>,
}

/// In the order in which they win: what is said is more exact than what is left open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    /// `*`: one segment, not empty.
    One,
    /// `**`: all that is left, none included.
    Rest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Variable {
    /// The path of the request's field that it fills.
    field: String,
    /// Its first segment, and the one after its last.
    first: usize,
    end: usize,
}

impl Template {
    /// Reads a template; an error says what it must look like.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let path = text.strip_prefix('/').ok_or("must begin with a slash")?;
        let (path, verb) = match path.rsplit_once(':') {
            Some((path, verb)) if !verb.contains(['/', '}']) => (path, Some(literal(verb)?)),
            _ => (path, None),
        };
        let mut template = Self { text: text.to_owned(), segments: Vec::new(), variables: Vec::new(), verb };
        let mut left = path;
        loop {
            left = match left.strip_prefix('{') {
                Some(inside) => {
                    let (variable, after) = inside.split_once('}').ok_or("a variable must be closed: {field}")?;
                    template.variable(variable)?;
                    after
                }
                None => {
                    let (segment, after) = left.split_at(left.find('/').unwrap_or(left.len()));
                    template.segments.push(parse_segment(segment)?);
                    after
                }
            };
            if left.is_empty() {
                break;
            }
            left = left.strip_prefix('/').ok_or("a variable must fill its segments: {field}")?;
        }
        match template.segments.split_last() {
            Some((_, before)) if before.contains(&Segment::Rest) => Err("** must be the last segment"),
            _ => Ok(template),
        }
    }

    /// Reads what stands between braces: `field.path`, or `field.path=segments`.
    fn variable(&mut self, text: &str) -> Result<(), &'static str> {
        let (field, segments) = text.split_once('=').unwrap_or((text, "*"));
        let named =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !field.split('.').all(named) {
            return Err("a variable must name a field: {field}");
        }
        if self.variables.iter().any(|other| other.field == field) {
            return Err("a field must be named once");
        }
        let first = self.segments.len();
        for segment in segments.split('/') {
            self.segments.push(parse_segment(segment)?);
        }
        self.variables.push(Variable { field: field.to_owned(), first, end: self.segments.len() });
        Ok(())
    }

    /// The raw text of each variable in `path`, in the template's order; `None` where the path is another one.
    pub(crate) fn matches<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let path = path.strip_prefix('/')?;
        let path = match &self.verb {
            Some(verb) => path.strip_suffix(verb.as_str())?.strip_suffix(':')?,
            None => path,
        };
        self.fits(path).then(|| self.variables.iter().map(|variable| self.captured(variable, path)).collect())
    }

    fn fits(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        for segment in &self.segments {
            let fits = match (segment, parts.next()) {
                (Segment::Literal(literal), Some(part)) => literal == part,
                (Segment::One, Some(part)) => !part.is_empty(),
                (Segment::Rest, None) => true,
                // Nothing after a slash is no segment.
                (Segment::Rest, Some("")) => parts.next().is_none(),
                (Segment::Rest, Some(_)) => parts.all(|part| !part.is_empty()),
                (_, None) => false,
            };
            if !fits {
                return false;
            }
        }
        parts.next().is_none()
    }

    fn captured<'p>(&self, variable: &Variable, path: &'p str) -> &'p str {
        let begin = |n| path.split('/').take(n).map(|part| part.len() + 1).sum::<usize>();
        let to = match self.segments.get(variable.end - 1) {
            Some(Segment::Rest) | None => path.len(),
            Some(_) => begin(variable.end) - 1,
        };
        // Nothing is left for a ** that matches nothing.
        path.get(begin(variable.first)..to).unwrap_or_default()
    }

    /// Whether it matches one path and no other: itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Literal(_)))
    }

    /// The field paths of its variables, in order, and whether each spans more than one segment.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, bool)> {
        self.variables.iter().map(|variable| {
            let segments = &self.segments[variable.first..variable.end];
            (variable.field.as_str(), segments.len() > 1 || segments.contains(&Segment::Rest))
        })
    }

    /// Whether every path that matches one matches the other with the same right: then neither may stand beside the other.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        self.segments == other.segments && self.verb == other.verb
    }

    /// Sorts what is more exact before what is less: a verb, then literals before `*` before `**`, so that
    /// `/v1/event/best` wins over `/v1/event/{event_id}`.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        let verbs = other.verb.is_some().cmp(&self.verb.is_some());
        verbs.then_with(|| self.segments.cmp(&other.segments))
    }

    /// With nothing but the names in its braces, as OpenAPI wants it: `/v1/{name}:sort`.
    pub(crate) fn plain(&self) -> String {
        let mut plain = String::new();
        let mut left = self.text.as_str();
        while let Some((before, after)) = left.split_once('=') {
            plain.push_str(before);
            left = after.split_once('}').map_or("", |(_, after)| after);
            plain.push('}');
        }
        plain + left
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse_segment(text: &str) -> Result<Segment, &'static str> {
    match text {
        "*" => Ok(Segment::One),
        "**" => Ok(Segment::Rest),
        _ => literal(text).map(Segment::Literal),
    }
}

fn literal(text: &str) -> Result<String, &'static str> {
    // RFC 3986, 2.3: what is never encoded, so that a path can be compared as it comes.
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
    if plain { Ok(text.to_owned()) } else { Err("its segments must be plain names, *, ** or {field}") }
}

#[cfg(test)]
mod tests;
