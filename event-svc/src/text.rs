//! What people type: trimmed, bounded, and free of what no screen can show. Collects every violation of a request
//! before it is refused, so that a form is corrected once. Pure.

use usher::reason::Refusal;

use crate::error::Error;

/// The violations found so far: field and what is wrong with it.
#[derive(Debug, Default)]
pub struct Violations(Vec<(String, String)>);

impl Violations {
    /// Notes that `field` is wrong.
    pub fn add(&mut self, field: impl Into<String>, wrong: impl Into<String>) {
        self.0.push((field.into(), wrong.into()));
    }

    /// Notes that `field` is wrong, if it is.
    pub fn check(&mut self, fine: bool, field: &str, wrong: &str) {
        if !fine {
            self.add(field, wrong);
        }
    }

    /// One line of text of at most `max` characters, trimmed.
    pub fn line(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        if text.chars().count() > max || text.chars().any(char::is_control) {
            self.add(field, format!("must be at most {max} characters on one line"));
        }
        text.to_owned()
    }

    /// One line of text of 1 to `max` characters, trimmed.
    pub fn name(&mut self, field: &str, text: &str, max: usize) -> String {
        let name = self.line(field, text, max);
        if name.is_empty() {
            self.add(field, "is required");
        }
        name
    }

    /// Text of several lines and at most `max` characters, trimmed.
    pub fn prose(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        if text.chars().count() > max || text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c)) {
            self.add(field, format!("must be at most {max} characters of plain text"));
        }
        text.to_owned()
    }

    /// Refuses the request, if anything was wrong.
    pub fn refuse(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::fields(self.0).into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut violations = Violations::default();
        violations.name("event_name", "  ", 300);
        violations.line("category", "a\u{0}b", 100);
        let Err(Error::Refused(refusal)) = violations.refuse() else { panic!("accepted") };
        let told = refusal.to_string();
        assert!(told.contains("event_name") && told.contains("category"), "{told}");
    }

    #[test]
    fn prose_has_lines_and_a_name_has_none() {
        let mut violations = Violations::default();
        assert_eq!(violations.prose("description", " one\ntwo ", 300), "one\ntwo");
        assert!(violations.refuse().is_ok());
        let mut violations = Violations::default();
        violations.name("event_name", "one\ntwo", 300);
        assert!(violations.refuse().is_err());
    }
}
