//! Usher search service: find events.
fn main() {}
