//! All SQL of search-svc: reads of tables that event-svc and booking-svc own, one statement each.

pub mod events;
pub mod tickets;
