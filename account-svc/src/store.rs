//! All SQL of account-svc: verbs of the domain, one statement each.

pub mod identities;
pub mod sessions;
pub mod users;
