//! Runs the whole Usher mesh on one machine: private PostgreSQL primary and replica, private Redis, the payment
//! sandbox, all services and the edge, under one small supervisor. For development, demonstration and tests; refuses to
//! be a deployment.

pub mod cli;
pub mod config;
pub mod error;

pub mod mesh;
pub mod servers;
pub mod supervisor;

mod health;
mod postgres;
mod redis;

pub mod port;
pub mod programs;

mod account;
mod command;
mod files;
mod layout;
mod lock;
mod process;
mod secrets;
mod signals;
mod store;
mod sweep;

mod demo_accounts;
pub mod demo_data;
mod journey;
mod ready;
pub use ready::{Login, Ready, Services};

mod terminal;
