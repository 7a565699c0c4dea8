//! What every Usher service shares: the contracts and the mesh kit. Knows nothing of any one service's domain.

pub mod contract;
pub mod id;
pub mod reason;
mod rpcs;

pub mod codec;
pub mod config;
pub mod corked;
pub mod encoded;
pub mod lifecycle;
pub mod limit;
mod metrics;
pub mod serving;
pub mod telemetry;
pub mod tls;
pub mod trace;

pub mod channel;
pub mod identity;
pub mod pass;
pub mod signing;

pub mod database;
pub mod feed;
pub mod redis_link;
pub mod schema;
