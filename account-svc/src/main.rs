//! Usher account service: sign up, log in, keys.
fn main() {}
