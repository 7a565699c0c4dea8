//! What the tests stand on: servers shared by all tests, and per test a mesh on a database of its own.

mod answer;
mod client;
mod database;
mod house;
mod mesh;
mod sandbox;
mod servers;

pub use answer::Answer;
pub use client::Client;
pub use house::{Event, in_days};
pub use mesh::Mesh;
