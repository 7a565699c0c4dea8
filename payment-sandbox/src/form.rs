//! Stripe's parameters: `application/x-www-form-urlencoded`, with brackets for what is nested. Strict: a parameter that
//! nobody asked for is refused, as Stripe refuses it. Pure.

use std::collections::BTreeMap;

use crate::refusal::Refusal;

/// The most parameters of one call.
const PAIRS_MAX: usize = 256;
/// Stripe's bounds of `metadata`.
const METADATA_KEYS_MAX: usize = 50;
const METADATA_KEY_CHARS_MAX: usize = 40;
const METADATA_VALUE_CHARS_MAX: usize = 500;
/// The longest of every other text.
const TEXT_CHARS_MAX: usize = 1_000;

/// The parameters of a call that nobody has taken yet, in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a body or a query.
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let pairs = text.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            Some((decode(name)?, decode(value)?))
        });
        let pairs: Option<Vec<_>> = pairs.take(PAIRS_MAX + 1).collect();
        let pairs = pairs.ok_or_else(|| {
            Refusal::invalid("The parameters are not application/x-www-form-urlencoded UTF-8: check their encoding.")
        })?;
        if pairs.len() > PAIRS_MAX {
            return Err(Refusal::invalid(format!("There are more than {PAIRS_MAX} parameters: send fewer.")));
        }
        Ok(Self(pairs))
    }

    /// The parameters sorted by name: the same for the same request, in whatever order a client sends its metadata.
    pub fn sorted(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.sort_by_key(|(name, _)| *name);
        pairs
    }

    /// Whether a parameter of that name is left.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }

    /// Takes one parameter. Given twice, or empty, it is refused.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let mut found = self.take(|given| given == name);
        if found.len() > 1 {
            return Err(Refusal::wrong(name, format!("{name} is given more than once.")));
        }
        let Some((_, value)) = found.pop() else { return Ok(None) };
        if value.is_empty() {
            let message = format!("You passed an empty string for '{name}'. Leave it out instead.");
            return Err(Refusal::param(name, "parameter_invalid_empty", message));
        }
        if value.chars().count() > TEXT_CHARS_MAX {
            let message = format!("{name} is longer than {TEXT_CHARS_MAX} characters.");
            return Err(Refusal::wrong(name, message));
        }
        Ok(Some(value))
    }

    /// Takes one parameter that has to be there.
    pub fn required(&mut self, name: &str) -> Result<String, Refusal> {
        let missing = || Refusal::param(name, "parameter_missing", format!("Missing required param: {name}."));
        self.text(name)?.ok_or_else(missing)
    }

    /// Takes a positive amount in minor units, at most `max`.
    pub fn amount(&mut self, name: &str, max: i64) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let invalid = || Refusal::param(name, "parameter_invalid_integer", format!("Invalid integer: {text}"));
        let is_plain = text.strip_prefix('-').unwrap_or(&text).bytes().all(|byte| byte.is_ascii_digit());
        let amount: i64 = text.parse().ok().filter(|_| is_plain).ok_or_else(invalid)?;
        if amount < 1 {
            let message = "This value must be greater than or equal to 1.";
            return Err(Refusal::param(name, "parameter_invalid_integer", message));
        }
        if amount > max {
            let message = format!("Amount must be no more than {max} in the currency's minor unit.");
            return Err(Refusal::param(name, "amount_too_large", message));
        }
        Ok(Some(amount))
    }

    /// Takes `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        self.one_of(name, &[("true", true), ("false", false)])
    }

    /// Takes one of the words of `choices`.
    pub fn one_of<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        let invalid = || {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let message = format!("Invalid {name}: must be one of {}", words.join(", "));
            Refusal::wrong(name, message)
        };
        chosen.map(Some).ok_or_else(invalid)
    }

    /// Takes an array: `name[]=…` or `name[0]=…`.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let is_index = |inner: &str| inner.bytes().all(|byte| byte.is_ascii_digit());
        let found = self.take(|given| inner(given, name).is_some_and(is_index));
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes `metadata[key]=value`. An empty value leaves its key out, as with Stripe.
    pub fn metadata(&mut self) -> Result<BTreeMap<String, String>, Refusal> {
        let found = self.take(|given| inner(given, "metadata").is_some_and(|key| !key.is_empty()));
        let mut metadata = BTreeMap::new();
        for (name, value) in found {
            let key = inner(&name, "metadata").unwrap_or_default().to_owned();
            let (key_chars, value_chars) = (key.chars().count(), value.chars().count());
            if key_chars > METADATA_KEY_CHARS_MAX || value_chars > METADATA_VALUE_CHARS_MAX {
                let message = format!(
                    "Metadata keys have up to {METADATA_KEY_CHARS_MAX} characters and values up to \
                     {METADATA_VALUE_CHARS_MAX}; '{key}' has {key_chars} and {value_chars}."
                );
                return Err(Refusal::wrong(name, message));
            }
            if !value.is_empty() {
                metadata.insert(key, value);
            }
        }
        if metadata.len() > METADATA_KEYS_MAX {
            let message = format!("Metadata can have up to {METADATA_KEYS_MAX} keys.");
            return Err(Refusal::wrong("metadata", message));
        }
        Ok(metadata)
    }

    /// Refuses what is left.
    pub fn done(self) -> Result<(), Refusal> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => {
                let message = format!("Received unknown parameter: {name}");
                Err(Refusal::param(name, "parameter_unknown", message))
            }
        }
    }

    fn take(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let (found, left) = std::mem::take(&mut self.0).into_iter().partition(|(name, _)| is_wanted(name));
        self.0 = left;
        found
    }
}

/// What stands in the brackets of `name[…]`.
fn inner<'a>(given: &'a str, name: &str) -> Option<&'a str> {
    let inner = given.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.contains(['[', ']'])).then_some(inner)
}

/// `+` is a space, `%41` is an `A`; `None` where it is neither, or no UTF-8.
fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn brackets_name_what_is_nested() {
        let mut given = params(
            "metadata%5Border%5D=7+x&metadata[empty]=&payment_method_types[]=card&payment_method_types[1]=link&on=true",
        );
        assert_eq!(given.metadata().unwrap(), BTreeMap::from([("order".to_owned(), "7 x".to_owned())]));
        assert_eq!(given.list("payment_method_types"), ["card", "link"]);
        assert_eq!(given.flag("on").unwrap(), Some(true));
        given.done().unwrap();
    }

    #[test]
    fn what_nobody_asked_for_is_refused_by_name() {
        for name in ["amuont", "metadata[a][b]", "metadata[]", "metadata", "amount[0]"] {
            let mut given = params(&format!("{name}=1"));
            given.metadata().unwrap();
            let refusal = given.done().unwrap_err().body();
            assert_eq!(refusal["error"]["code"], "parameter_unknown");
            assert_eq!(refusal["error"]["param"], name);
        }
    }

    #[test]
    fn an_amount_is_a_positive_integer_and_bounded() {
        for text in ["0", "-5", "1.5", "+7", "1e3", "abc", "99999999999999999999", "11"] {
            assert!(params(&format!("amount={}", text.replace('+', "%2B"))).amount("amount", 10).is_err(), "{text}");
        }
        assert_eq!(params("amount=10").amount("amount", 10).unwrap(), Some(10));
        assert_eq!(params("").amount("amount", 10).unwrap(), None);
    }

    #[test]
    fn twice_empty_and_too_long_are_refused() {
        assert!(params("a=1&a=2").text("a").is_err());
        assert!(params("a=").text("a").is_err());
        assert!(params(&format!("a={}", "x".repeat(1_001))).text("a").is_err());
        assert!(params("").required("a").is_err());
        let many = (0..51).map(|key| format!("metadata[{key}]=1")).collect::<Vec<_>>().join("&");
        assert!(params(&many).metadata().is_err());
        assert!(Params::parse("a=1&".repeat(PAIRS_MAX + 1).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_a_client_encodes_is_read_back(key in "[a-zA-Z0-9 &=+%äß]{1,20}", value in "\\PC{1,60}") {
            let mut url = reqwest::Url::parse("http://x/").unwrap();
            url.query_pairs_mut().append_pair(&format!("metadata[{key}]"), &value);
            let read = Params::parse(url.query().unwrap().as_bytes()).unwrap().metadata().unwrap();
            prop_assert_eq!(read, BTreeMap::from([(key, value)]));
        }

        #[test]
        fn arbitrary_bytes_never_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Params::parse(&text);
        }
    }
}
