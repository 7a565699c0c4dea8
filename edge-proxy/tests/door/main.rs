//! The edge under test, over real connections: HTTP before it, behind it tonic servers that speak the contract and do as
//! each request tells them. What the real services answer is for the whole-mesh tests.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod edge;
mod house;

mod access;
mod caching;
mod connections;
mod failures;
mod grpc;
mod keys;
mod limits;
mod pages;
mod raw;
mod refusals;
mod streams;
mod tls;
mod translation;
mod web;
mod wire;
