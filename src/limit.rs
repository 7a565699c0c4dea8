//! How often: allowances per account, address or whatever else, shared by all processes of a service through Redis. A
//! request is decided here, in memory, and never waits for Redis; what it used is told there a moment later, together with
//! what others used, and the answer says what all processes used. Without Redis each process keeps to its own count.
//!
//! Of `n` processes, each may let a whole allowance pass before it hears of the others. That is all that can be too much:
//! what was used is a debt in Redis, which everybody works off before anything more is let pass.

mod gcra;
mod ledger;
mod shared;

pub use gcra::{Late, Quota, Standing};
pub use ledger::{Key, Limiter};
pub use shared::SharedConfig;

pub use crate::redis_link::MalformedUrl;

/// Where the edge tells a service which address a call came from. The edge takes no such header from anybody.
pub const CLIENT_ADDRESS: &str = "usher-client-address";
