//! The sandbox over real HTTP, asked by the real client of Stripe's and by hand, with a webhook of its own.

mod api;
mod bank_check;
mod faults;
mod harness;
mod idempotency;
mod refunds;
mod restart;
mod webhooks;
