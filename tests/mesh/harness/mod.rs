//! What the tests stand on: servers shared by all tests, and per test a mesh on a database of its own.

mod answer;
mod catalogue;
mod client;
mod database;
pub mod house;
mod issuer;
mod mesh;
mod own_postgres;
mod pgbouncer;
mod proxy;
mod reach;
mod redis;
mod redis_cluster;
mod sandbox;
mod searcher;
mod servers;
mod watch;
mod wire;

pub use answer::Answer;
pub use client::Client;
pub use database::{Database, Row};
pub use house::{Event, PRICE, in_days};
pub use issuer::{Issuer, Signer};
pub use mesh::{Mesh, Setting, WAITING_ROOM_SECRET, redis};
pub use own_postgres::{OwnPostgres, ROLE};
pub use pgbouncer::PgBouncer;
pub use proxy::Proxy;
pub use redis::OwnRedis;
pub use redis_cluster::RedisCluster;
pub use searcher::Searcher;
pub use servers::{local, program};
pub use watch::Watch;
pub use wire::{Again, Asked, Wires};
