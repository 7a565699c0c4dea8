//! The whole mesh under faults: real processes are killed, the primary is lost and its replica promoted, the provider
//! misbehaves, clients hang up. Every call of every client is recorded, and a checker proves I1 to I7 on the record and on
//! how everything stands in the end. See README.md for how to run it many times, and for what each broken rule looks like.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod checker;
mod story;

mod harness;
mod load;
mod round;

mod deeds;
mod watch;

mod booking_service;
mod clients;
mod disk;
mod drained;
mod exhausted;
mod names;
mod partition;
mod pool;
mod primary;
mod provider;
mod redis;
mod replication;
mod rolling;
mod skewed;
mod wedged;
