//! The sandbox over real HTTP, asked by the real client of Stripe's and by hand, with a webhook of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod api;
mod bank_check;
mod faults;
mod harness;
mod idempotency;
mod refunds;
mod restart;
mod webhooks;
