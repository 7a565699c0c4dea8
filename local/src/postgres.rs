//! A private PostgreSQL primary with one streaming replica, which commits wait for while it is there.

mod cluster;
mod connection;
mod primary;
mod replica;
mod settings;
mod slot;
mod standby;

pub(crate) use cluster::Cluster;
pub(crate) use connection::connect;
pub(crate) use primary::{make_database, start as start_primary};
pub(crate) use replica::start as start_replica;
pub(crate) use settings::Tuning;
pub(crate) use standby::{Standby, follow, forget as forget_replica};

/// The database's one user; it owns everything.
const USER: &str = "usher";
/// The database.
pub(crate) const DATABASE: &str = "usher";
/// The replica, as the primary knows it: the name of its connection and of its slot.
const REPLICA: &str = "replica1";
