//! The test payment methods, what each of them does, and the words for a payment that fails. Pure.

use serde::{Deserialize, Serialize};

/// Words that Stripe gives as the error's `code` itself; every other decline is `card_declined`.
const CODES: [&str; 5] =
    ["authentication_required", "expired_card", "incorrect_cvc", "incorrect_number", "processing_error"];
/// The one of them that is the `decline_code` as well.
const AUTHENTICATION_REQUIRED: &str = "authentication_required";
const DECLINE_CODE_LENGTH_MAX: usize = 64;

/// A test payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Card {
    /// Pays.
    #[serde(rename = "pm_card_visa")]
    Visa,
    /// Pays.
    #[serde(rename = "pm_card_mastercard")]
    Mastercard,
    /// The bank gives no reason.
    #[serde(rename = "pm_card_chargeDeclined")]
    Declined,
    /// The bank says that there is too little money.
    #[serde(rename = "pm_card_chargeDeclinedInsufficientFunds")]
    InsufficientFunds,
    /// The card is out of date.
    #[serde(rename = "pm_card_chargeDeclinedExpiredCard")]
    Expired,
    /// The bank wants to hear from the customer first.
    #[serde(rename = "pm_card_authenticationRequired")]
    AuthenticationRequired,
    /// Pays, and takes nothing back.
    #[serde(rename = "pm_card_refundFail")]
    RefundFails,
}

/// What becomes of an attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The money is taken.
    Pays,
    /// It is not.
    Declines(Decline),
    /// The customer has to pass the bank's check first.
    AsksCustomer,
}

impl Card {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Visa,
        Self::Mastercard,
        Self::Declined,
        Self::InsufficientFunds,
        Self::Expired,
        Self::AuthenticationRequired,
        Self::RefundFails,
    ];

    /// Stripe's name of it.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Visa => "pm_card_visa",
            Self::Mastercard => "pm_card_mastercard",
            Self::Declined => "pm_card_chargeDeclined",
            Self::InsufficientFunds => "pm_card_chargeDeclinedInsufficientFunds",
            Self::Expired => "pm_card_chargeDeclinedExpiredCard",
            Self::AuthenticationRequired => "pm_card_authenticationRequired",
            Self::RefundFails => "pm_card_refundFail",
        }
    }

    /// The card of that name.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|card| card.token() == token)
    }

    /// The card of that number: one of Stripe's test cards.
    pub fn from_number(number: &str) -> Result<Self, WrongNumber> {
        let digits: String = number.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
        if !(12..=19).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(WrongNumber::Invalid);
        }
        match digits.as_str() {
            "4242424242424242" => Ok(Self::Visa),
            "5555555555554444" => Ok(Self::Mastercard),
            "4000000000000002" => Ok(Self::Declined),
            "4000000000009995" => Ok(Self::InsufficientFunds),
            "4000000000000069" => Ok(Self::Expired),
            "4000002760003184" | "4000002500003155" => Ok(Self::AuthenticationRequired),
            "4000000000005126" => Ok(Self::RefundFails),
            other if is_mistyped(other) => Err(WrongNumber::Mistyped),
            _ => Err(WrongNumber::NoTestCard),
        }
    }

    /// What it does; `off_session`: the customer is not there to pass a check.
    #[must_use]
    pub fn verdict(self, off_session: bool) -> Verdict {
        let declines = |code: &str| Verdict::Declines(Decline(code.to_owned()));
        match self {
            Self::Visa | Self::Mastercard | Self::RefundFails => Verdict::Pays,
            Self::Declined => declines("generic_decline"),
            Self::InsufficientFunds => declines("insufficient_funds"),
            Self::Expired => declines("expired_card"),
            Self::AuthenticationRequired if off_session => declines(AUTHENTICATION_REQUIRED),
            Self::AuthenticationRequired => Verdict::AsksCustomer,
        }
    }
}

/// Why a number is no test card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongNumber {
    /// It is no card number at all.
    Invalid,
    /// Its check digit is wrong.
    Mistyped,
    /// It may be somebody's card, which has no place here.
    NoTestCard,
}

impl WrongNumber {
    /// Stripe's code of the error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_number",
            Self::Mistyped => "incorrect_number",
            Self::NoTestCard => "card_declined",
        }
    }

    /// A sentence for people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Invalid => "Your card number is invalid.",
            Self::Mistyped => "Your card number is incorrect.",
            Self::NoTestCard => "Your card was declined. Only test cards are taken here, such as 4242 4242 4242 4242.",
        }
    }
}

/// Whether the check digit (Luhn's, ISO/IEC 7812-1) of `digits` is wrong.
fn is_mistyped(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = if place % 2 == 1 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    !sum.is_multiple_of(10)
}

/// Why a bank declined: Stripe's decline code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decline(String);

impl TryFrom<String> for Decline {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        let is_word = !code.is_empty()
            && code.len() <= DECLINE_CODE_LENGTH_MAX
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match is_word {
            true => Ok(Self(code)),
            false => Err(format!("{code:?} is no decline code: send one like \"insufficient_funds\"")),
        }
    }
}

impl From<Decline> for String {
    fn from(decline: Decline) -> Self {
        decline.0
    }
}

/// Why a payment failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The bank declined.
    Declined(Decline),
    /// The customer did not pass the bank's check.
    Unauthenticated,
}

impl Failure {
    /// Stripe's kind of error.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Declined(_) => "card_error",
            Self::Unauthenticated => "invalid_request_error",
        }
    }

    /// Stripe's code of the error.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Declined(Decline(code)) if CODES.contains(&code.as_str()) => code,
            Self::Declined(_) => "card_declined",
            Self::Unauthenticated => "payment_intent_authentication_failure",
        }
    }

    /// The bank's own word, where Stripe passes it on.
    #[must_use]
    pub fn decline_code(&self) -> Option<&str> {
        match self {
            Self::Declined(Decline(code)) if code == AUTHENTICATION_REQUIRED || !CODES.contains(&code.as_str()) => {
                Some(code)
            }
            _ => None,
        }
    }

    /// A sentence for people.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::Unauthenticated => {
                "The provided PaymentMethod has failed authentication. You can provide a new PaymentMethod to attempt \
                 to fulfill this PaymentIntent again."
            }
            Self::Declined(Decline(code)) => match code.as_str() {
                "insufficient_funds" => "Your card has insufficient funds.",
                "expired_card" => "Your card has expired.",
                "incorrect_cvc" => "Your card's security code is incorrect.",
                "incorrect_number" => "Your card number is incorrect.",
                "processing_error" => "An error occurred while processing your card. Try again in a little bit.",
                AUTHENTICATION_REQUIRED => "Your card was declined. This transaction requires authentication.",
                _ => "Your card was declined.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_stored_under_its_token() {
        for card in Card::ALL {
            assert_eq!(serde_json::to_value(card).unwrap(), card.token());
            assert_eq!(Card::from_token(card.token()), Some(card));
        }
        assert_eq!(Card::from_token("pm_card_visa "), None);
    }

    #[test]
    fn only_test_cards_have_numbers() {
        assert_eq!(Card::from_number("4242 4242-4242 4242"), Ok(Card::Visa));
        assert_eq!(Card::from_number("4000002760003184"), Ok(Card::AuthenticationRequired));
        for (number, wrong) in [
            ("", WrongNumber::Invalid),
            ("4242", WrongNumber::Invalid),
            ("4242 4242 4242 424x", WrongNumber::Invalid),
            ("4242424242424241", WrongNumber::Mistyped),
            ("4111111111111111", WrongNumber::NoTestCard),
        ] {
            assert_eq!(Card::from_number(number), Err(wrong), "{number}");
        }
    }

    #[test]
    fn a_decline_has_the_words_that_stripe_has_for_it() {
        let words = |code: &str| {
            let failure = Failure::Declined(code.to_owned().try_into().unwrap());
            (failure.code().to_owned(), failure.decline_code().map(ToOwned::to_owned))
        };
        assert_eq!(words("generic_decline"), ("card_declined".into(), Some("generic_decline".into())));
        assert_eq!(words("expired_card"), ("expired_card".into(), None));
        let both = "authentication_required".to_owned();
        assert_eq!(words(&both), (both.clone(), Some(both.clone())));
    }

    #[test]
    fn what_is_no_word_is_no_decline_code() {
        for code in ["", "Lost Card", "<b>", &"a".repeat(65)] {
            assert!(Decline::try_from(code.to_owned()).is_err(), "{code}");
        }
    }
}
