//! What is wrong with a request, bounded: whoever sends a million wrong names is not answered with a million lines.

/// So many are told at once.
const TOLD_MAX: usize = 20;
/// The longest name that is repeated to its sender, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Fields, and how to mend each.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<(String, String)>);

impl Violations {
    /// Adds one.
    pub(crate) fn push(&mut self, field: &str, wrong: impl Into<String>) {
        if self.0.len() < TOLD_MAX {
            self.0.push((shortened(field), wrong.into()));
        }
    }

    /// Whether so much is wrong already that no more is told.
    pub(crate) const fn is_full(&self) -> bool {
        self.0.len() >= TOLD_MAX
    }

    /// All that is told; an error where there is any.
    pub(crate) fn into_result(self) -> Result<(), Vec<(String, String)>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_bounded() {
        let mut wrong = Violations::default();
        (0..1_000).for_each(|_| wrong.push(&"é".repeat(5_000), "is unknown"));
        assert!(wrong.is_full());
        let told = wrong.into_result().unwrap_err();
        assert_eq!((told.len(), told[0].0.chars().count()), (TOLD_MAX, NAME_CHARS_MAX + 1));
    }
}
