//! What the tests stand on: servers shared by all tests, and per test a mesh on a database of its own.

mod answer;
mod catalogue;
mod client;
mod database;
pub mod house;
mod issuer;
mod mesh;
mod process;
mod proxy;
mod redis;
mod sandbox;
mod searcher;
mod servers;
mod vouched;
mod watch;

pub use answer::Answer;
pub use client::Client;
pub use database::{Database, Row};
pub use house::{Event, PRICE, in_days};
pub use issuer::{Issuer, Signer};
pub use mesh::{Mesh, Setting, WAITING_ROOM_SECRET, redis};
pub use process::Process;
pub use proxy::Proxy;
pub use redis::OwnRedis;
pub use searcher::Searcher;
pub use servers::{local, program};
pub use vouched::{Authority, Files};
pub use watch::Watch;
