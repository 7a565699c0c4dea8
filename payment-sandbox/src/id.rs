//! Names of new objects, in Stripe's form: a prefix that says what it is, then letters and digits.

use rand::{Rng as _, distr::Alphanumeric};

const LETTERS: usize = 24;

/// A new name: `pi_4fKq…`.
pub fn fresh(prefix: &str) -> String {
    let letters = rand::rng().sample_iter(Alphanumeric).take(LETTERS).map(char::from);
    prefix.chars().chain(['_']).chain(letters).collect()
}
