//! Usher booking service: reserve, book, pay, refund.
fn main() {}
