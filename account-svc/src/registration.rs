//! What a sign-up and a log-in must say. Finds every violation at once, so that a form is corrected once. Pure.

use secrecy::{ExposeSecret as _, SecretString};
use usher::reason::Refusal;

use crate::email::Email;

const USER_NAME_CHARS_MAX: usize = 200;
/// The least that NIST SP 800-63B asks of a password.
const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_CHARS_MAX: usize = 200;
const GENDER_CHARS_MAX: usize = 100;
const ADDRESS_CHARS_MAX: usize = 500;
const EMAIL_WRONG: &str = "must be one email address of at most 254 characters, such as ann@example.org";

/// A sign-up as it was typed.
pub struct Form {
    /// How the user wants to be called.
    pub user_name: String,
    /// The email address.
    pub email: String,
    /// The password.
    pub password: SecretString,
    /// As the user likes to give it.
    pub gender: String,
    /// Postal address.
    pub address: String,
}

/// A sign-up that can be accepted.
#[derive(Debug)]
pub struct Registration {
    /// 1 to 200 characters.
    pub user_name: String,
    /// Normalised.
    pub email: Email,
    /// 8 to 200 characters, exactly as typed.
    pub password: SecretString,
    /// At most 100 characters; may be empty.
    pub gender: String,
    /// At most 500 characters; may be empty.
    pub address: String,
}

impl Registration {
    /// Accepts the form, or says all that is wrong with it.
    pub fn parse(form: Form) -> Result<Self, Refusal> {
        let mut violations = Violations::default();
        let user_name = form.user_name.trim();
        let named = (1..=USER_NAME_CHARS_MAX).contains(&user_name.chars().count()) && is_line(user_name);
        violations.check(named, "user_name", "must be 1 to 200 characters on one line");
        let email = Email::parse(&form.email);
        violations.check(email.is_some(), "email", EMAIL_WRONG);
        let length = form.password.expose_secret().chars().count();
        let strong = (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length);
        violations.check(strong, "password", "must be 8 to 200 characters");
        let gender = form.gender.trim();
        let fits = gender.chars().count() <= GENDER_CHARS_MAX && is_line(gender);
        violations.check(fits, "gender", "must be at most 100 characters on one line");
        let address = form.address.trim();
        let fits = address.chars().count() <= ADDRESS_CHARS_MAX && is_prose(address);
        violations.check(fits, "address", "must be at most 500 characters of plain text");
        match (email, violations.0.is_empty()) {
            (Some(email), true) => Ok(Self {
                user_name: user_name.to_owned(),
                email,
                password: form.password,
                gender: gender.to_owned(),
                address: address.to_owned(),
            }),
            _ => Err(Refusal::fields(violations.0)),
        }
    }
}

/// Accepts what somebody logs in with, or says all that is wrong with it: only what no account can have, so that the
/// answer tells nothing about accounts.
pub fn credentials(email: &str, password: &SecretString) -> Result<Email, Refusal> {
    let mut violations = Violations::default();
    let email = Email::parse(email);
    violations.check(email.is_some(), "email", EMAIL_WRONG);
    let length = password.expose_secret().chars().count();
    // No lower bound but one: an account that was made under an older rule still opens.
    violations.check((1..=PASSWORD_CHARS_MAX).contains(&length), "password", "must be 1 to 200 characters");
    match (email, violations.0.is_empty()) {
        (Some(email), true) => Ok(email),
        _ => Err(Refusal::fields(violations.0)),
    }
}

#[derive(Default)]
struct Violations(Vec<(String, String)>);

impl Violations {
    fn check(&mut self, fine: bool, field: &str, wrong: &str) {
        if !fine {
            self.0.push((field.to_owned(), wrong.to_owned()));
        }
    }
}

fn is_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn is_prose(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::Status;
    use tonic_types::StatusExt as _;

    use super::*;

    fn form() -> Form {
        Form {
            user_name: " Ann ".to_owned(),
            email: "Ann@Example.org".to_owned(),
            password: " correct horse ".into(),
            gender: String::new(),
            address: "1 High Street\nTestville".to_owned(),
        }
    }

    fn wrong_fields<T>(parsed: Result<T, Refusal>) -> Vec<String> {
        let Err(refusal) = parsed else { return Vec::new() };
        let bad = Status::from(refusal).get_details_bad_request().unwrap();
        bad.field_violations.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn names_are_trimmed_and_passwords_are_not() {
        let registration = Registration::parse(form()).unwrap();
        assert_eq!((registration.user_name.as_str(), registration.email.as_str()), ("Ann", "ann@example.org"));
        assert_eq!(registration.password.expose_secret(), " correct horse ");
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let form = Form {
            user_name: "  ".to_owned(),
            email: "ann".to_owned(),
            password: "short".into(),
            gender: "x".repeat(GENDER_CHARS_MAX + 1),
            address: "\u{0}".to_owned(),
        };
        assert_eq!(wrong_fields(Registration::parse(form)), ["user_name", "email", "password", "gender", "address"]);
    }

    #[test]
    fn a_refusal_does_not_repeat_the_password() {
        let secret = "p4ss\u{0}".repeat(100);
        let refusal = Registration::parse(Form { password: secret.as_str().into(), ..form() }).unwrap_err();
        assert!(!refusal.to_string().contains("p4ss"), "{refusal}");
    }

    #[test]
    fn bounds_count_characters_not_bytes() {
        let password = |chars: usize| Form { password: "é".repeat(chars).into(), ..form() };
        assert!(Registration::parse(password(PASSWORD_CHARS_MIN)).is_ok());
        assert!(Registration::parse(password(PASSWORD_CHARS_MAX)).is_ok());
        assert_eq!(wrong_fields(Registration::parse(password(PASSWORD_CHARS_MIN - 1))), ["password"]);
        assert_eq!(wrong_fields(Registration::parse(password(PASSWORD_CHARS_MAX + 1))), ["password"]);
        let name = |chars: usize| Form { user_name: "é".repeat(chars), ..form() };
        assert!(Registration::parse(name(USER_NAME_CHARS_MAX)).is_ok());
        assert_eq!(wrong_fields(Registration::parse(name(USER_NAME_CHARS_MAX + 1))), ["user_name"]);
    }

    #[test]
    fn a_log_in_needs_both_of_its_fields() {
        assert_eq!(wrong_fields(credentials("", &"".into())), ["email", "password"]);
        assert_eq!(credentials(" ANN@example.org", &"x".into()).unwrap().as_str(), "ann@example.org");
    }

    proptest! {
        #[test]
        fn what_passes_fits_the_table(user_name in any::<String>(), gender in any::<String>(), address in any::<String>()) {
            if let Ok(registration) = Registration::parse(Form { user_name, gender, address, ..form() }) {
                let length = registration.user_name.chars().count();
                prop_assert!((1..=USER_NAME_CHARS_MAX).contains(&length));
                let texts = [registration.user_name, registration.gender, registration.address].concat();
                prop_assert!(!texts.contains('\u{0}'), "PostgreSQL takes no NUL");
            }
        }
    }
}
