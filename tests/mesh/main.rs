//! The whole mesh under test: real PostgreSQL with a replica, real Redis, the payment sandbox, all services and the edge,
//! spoken to through REST as customers and admins do. One binary, so that it is linked once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod harness;

mod access;
mod admin;
mod audit;
mod backends;
mod bad_input;
mod best;
mod box_office;
mod cancel;
mod door;
mod doors;
mod evening;
mod event_metrics;
mod hold;
mod instances;
mod journey;
mod launcher;
mod limits;
mod live;
mod money_back;
mod mutual;
mod office;
mod oidc;
mod operations;
mod payment;
mod plans;
mod pooler;
mod race;
mod redis_cluster;
mod redis_frozen;
mod releases;
mod relevance;
mod replicas;
mod request_id;
mod restore;
mod search;
mod search_cache;
mod search_faults;
mod seen_elsewhere;
mod session;
mod shards;
mod waiting_room;
