//! Which metrics an expression of Prometheus's looks at, and by which labels. No parser: it knows as much of the language
//! as the rules and dashboards use.

/// What an expression asks of one metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Selector {
    /// The metric's name.
    pub metric: String,
    /// Label, operator, value.
    pub matchers: Vec<(String, String, String)>,
}

const WORDS: [&str; 3] = ["and", "or", "unless"];
/// What stands before a list of labels.
const CLAUSES: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Those that stand between an aggregation and its expression.
const AGGREGATED: [&str; 2] = ["by", "without"];

/// Every metric that the expression names.
pub fn selectors(expression: &str) -> Vec<Selector> {
    let (mut found, mut rest) = (Vec::<Selector>::new(), expression);
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            rest = rest[1..].split_once('"').map_or("", |(_, rest)| rest);
        } else if first == '[' {
            rest = rest.split_once(']').map_or("", |(_, rest)| rest);
        } else if first.is_ascii_alphabetic() || first == '_' {
            let (word, behind) = split(rest);
            let next = behind.trim_start();
            if CLAUSES.contains(&word) {
                rest = next.strip_prefix('(').and_then(|list| list.split_once(')')).map_or(behind, |(_, rest)| rest);
            } else if next.starts_with('(') || AGGREGATED.contains(&split(next).0) || WORDS.contains(&word) {
                rest = behind;
            } else {
                let (matchers, behind) = matchers(behind);
                found.push(Selector { metric: word.to_owned(), matchers });
                rest = behind;
            }
        } else if first.is_ascii_digit() {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':').unwrap_or(text.len()))
}

fn matchers(text: &str) -> (Vec<(String, String, String)>, &str) {
    let Some((inside, behind)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return (Vec::new(), text);
    };
    let (mut found, mut rest) = (Vec::new(), inside);
    while let Some((head, tail)) = rest.split_once('"') {
        let (value, behind) = tail.split_once('"').unwrap();
        let (label, operator) = split(head.trim_start_matches([',', ' ']));
        found.push((label.to_owned(), operator.to_owned(), value.to_owned()));
        rest = behind;
    }
    (found, behind)
}

#[test]
fn metrics_are_told_from_words_labels_and_functions() {
    let expression = r#"histogram_quantile(0.99, sum by (le, pod) (rate(a_bucket{x="1", y=~"b|c"}[5m])))
        / on (slo) group_left () slo:d:ratio_rate5m and b > 3e4"#;
    let found = selectors(expression);
    let names: Vec<_> = found.iter().map(|it| it.metric.as_str()).collect();
    assert_eq!(names, ["a_bucket", "slo:d:ratio_rate5m", "b"]);
    let matchers = [("x", "=", "1"), ("y", "=~", "b|c")].map(|(l, o, v)| (l.into(), o.into(), v.into()));
    assert_eq!(found[0].matchers, matchers);
}
