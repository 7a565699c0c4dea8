//! Email addresses: one spelling for each, so that one address is one account. Sends no mail and asks no server, so
//! it checks no more than the shape. Pure.

/// The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the angle brackets).
const CHARS_MAX: usize = 254;

/// An email address, trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The address that somebody typed; `None` where it can't be one.
    pub fn parse(typed: &str) -> Option<Self> {
        let email = typed.trim().to_lowercase();
        let (local, domain) = email.split_once('@')?;
        let parted = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
        let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
        (parted && plain && email.chars().count() <= CHARS_MAX).then_some(Self(email))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_address_has_one_spelling() {
        let ann = Email::parse("ann@example.org");
        assert!(ann.is_some());
        for typed in ["Ann@Example.ORG", "  ann@example.org\n", "ANN@EXAMPLE.ORG"] {
            assert_eq!(Email::parse(typed), ann, "{typed:?}");
        }
    }

    #[test]
    fn what_can_be_no_address_is_refused() {
        for typed in ["", " ", "ann", "@", "ann@", "@example.org", "a@b@c", "a b@c", "a\u{0}@b", "a@b\u{7f}", "a\t@b"] {
            assert_eq!(Email::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn the_longest_address_passes_and_a_longer_one_does_not() {
        let domain = "@example.org";
        let typed = "a".repeat(CHARS_MAX - domain.len()) + domain;
        assert!(Email::parse(&typed).is_some());
        assert_eq!(Email::parse(&format!("a{typed}")), None);
    }

    proptest! {
        #[test]
        fn a_normalised_address_stays_as_it_is(typed in "\\PC{0,20}@\\PC{0,20}") {
            if let Some(email) = Email::parse(&typed) {
                prop_assert_eq!(Email::parse(email.as_str()), Some(email));
            }
        }

        #[test]
        fn case_and_space_around_make_no_other_account(local in "[a-z0-9.+_-]{1,20}", domain in "[a-z0-9.-]{1,20}") {
            let email = Email::parse(&format!("{local}@{domain}")).unwrap();
            let shouted = format!(" {}@{}\t", local.to_uppercase(), domain.to_uppercase());
            prop_assert_eq!(Email::parse(&shouted), Some(email));
        }

        #[test]
        fn nothing_makes_it_panic(typed in any::<String>()) {
            if let Some(email) = Email::parse(&typed) {
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
