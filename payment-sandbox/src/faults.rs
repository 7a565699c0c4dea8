//! The faults that a test can order. Says what is broken and for how long; breaks nothing itself.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::card::Decline;

/// The longest delay that can be ordered, in milliseconds.
const DELAY_MS_MAX: u64 = 600_000;

/// All faults. What an order leaves out is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Webhooks of what happens from now on are not sent.
    pub lose_webhooks: Switch,
    /// Webhooks of what happens from now on are sent twice.
    pub duplicate_webhooks: Switch,
    /// Webhooks of what happens from now on are sent that much later, in milliseconds.
    #[serde(deserialize_with = "delay_ms")]
    pub delay_webhooks_ms: u64,
    /// Webhooks of what happens from now on are sent at a random moment of so many milliseconds, each for itself.
    #[serde(deserialize_with = "delay_ms")]
    pub shuffle_webhooks_ms: u64,
    /// Webhooks are signed with another secret.
    pub bad_signature: Switch,
    /// Calls of the API are answered 500 and do nothing.
    pub answer_500: Switch,
    /// Calls of the API do nothing and are not answered.
    pub hang: Switch,
    /// Calls of the API that change something do so, and their answer is lost.
    pub drop_after_acting: Switch,
    /// Keys of calls are not known any more, as after a day: what comes again is done again.
    pub forget_keys: Switch,
    /// Calls of the API are answered that much later, in milliseconds.
    #[serde(deserialize_with = "delay_ms")]
    pub delay_answers_ms: u64,
    /// The next attempt to pay is declined so.
    pub decline_next: Option<Decline>,
}

/// A fault that is off, on, or on for the next so many times. JSON: `false`, `true`, or a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Switch {
    /// It does not happen.
    #[default]
    Off,
    /// It happens the next so many times.
    Times(u32),
    /// It happens every time.
    On,
}

impl Switch {
    /// Whether it happens this time; counts it.
    pub fn strikes(&mut self) -> bool {
        match *self {
            Self::Off => false,
            Self::On => true,
            Self::Times(times) => {
                *self = Self::from_times(times.saturating_sub(1));
                true
            }
        }
    }

    fn from_times(times: u32) -> Self {
        match times {
            0 => Self::Off,
            times => Self::Times(times),
        }
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_bool(false),
            Self::On => serializer.serialize_bool(true),
            Self::Times(times) => serializer.serialize_u32(*times),
        }
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a fault is true, false, or how many times it happens")]
        enum Written {
            Bool(bool),
            Times(u32),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Bool(true) => Self::On,
            Written::Bool(false) => Self::Off,
            Written::Times(times) => Self::from_times(times),
        })
    }
}

fn delay_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let delay_ms = u64::deserialize(deserializer)?;
    match delay_ms <= DELAY_MS_MAX {
        true => Ok(delay_ms),
        false => Err(D::Error::custom(format!("{delay_ms} ms are too long: at most {DELAY_MS_MAX}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    #[test]
    fn a_fault_is_on_off_or_on_for_so_many_times() {
        let mut faults: Faults =
            from_value(json!({"lose_webhooks": true, "answer_500": 2, "bad_signature": false, "drop_after_acting": 0}))
                .unwrap();
        assert!((0..9).all(|_| faults.lose_webhooks.strikes()));
        assert_eq!([(); 3].map(|()| faults.answer_500.strikes()), [true, true, false]);
        assert!(!faults.bad_signature.strikes() && !faults.drop_after_acting.strikes());
    }

    #[test]
    fn an_order_reads_back_as_written_with_the_rest_whole() {
        let written = to_value(from_value::<Faults>(json!({"lose_webhooks": 3, "decline_next": "lost_card"})).unwrap());
        let expected = json!({
            "lose_webhooks": 3, "duplicate_webhooks": false, "delay_webhooks_ms": 0, "shuffle_webhooks_ms": 0,
            "bad_signature": false, "answer_500": false, "hang": false, "drop_after_acting": false, "forget_keys": false,
            "delay_answers_ms": 0, "decline_next": "lost_card",
        });
        assert_eq!(written.unwrap(), expected);
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        let wrong: [Value; 5] = [
            json!({"loose_webhooks": true}),
            json!({"lose_webhooks": "yes"}),
            json!({"lose_webhooks": -1}),
            json!({"delay_answers_ms": 600_001}),
            json!({"decline_next": "Not a code"}),
        ];
        for order in wrong {
            assert!(from_value::<Faults>(order.clone()).is_err(), "{order}");
        }
    }
}
