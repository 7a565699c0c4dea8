//! The path that somebody who mistyped one may have meant. Pure.

use crate::routes::{Route, RouteTable};

/// A path further away than this share of its length is no mistyped one.
const DISTANCE_SHARE: usize = 3;
/// Longer paths are not compared: the work grows with the square.
const LENGTH_MAX: usize = 200;

/// The route's path that is closest to `path`, if any is close.
pub(super) fn closest(routes: &RouteTable, path: &str) -> Option<String> {
    if path.len() > LENGTH_MAX {
        return None;
    }
    let paths = routes.iter().map(Route::path);
    let distances = paths.map(|known| (distance(&comparable(&known, path), path), known));
    let (distance, known) = distances.min()?;
    (distance <= path.len() / DISTANCE_SHARE).then_some(known)
}

/// The template with its variables filled from the same places of `path`: any value is as close as any other.
fn comparable(template: &str, path: &str) -> String {
    let mut given = path.split('/');
    let filled = template.split('/').map(|segment| {
        let given = given.next().unwrap_or_default();
        if segment.starts_with('{') && !given.is_empty() { given } else { segment }
    });
    filled.collect::<Vec<_>>().join("/")
}

/// How many letters must be added, taken away or replaced (Levenshtein).
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in two.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors::Descriptors;

    #[test]
    fn a_mistyped_path_finds_its_own() {
        let routes = RouteTable::derive(&Descriptors::load().unwrap()).unwrap();
        let found = |path| closest(&routes, path);
        assert_eq!(found("/v1/serach").as_deref(), Some("/v1/search"));
        assert_eq!(found("/v1/evnt/7").as_deref(), Some("/v1/event/{event_id}"));
        assert_eq!(found("/v1/bookings/").as_deref(), Some("/v1/bookings"));
        assert_eq!(found("/wp-login.php"), None);
    }
}
