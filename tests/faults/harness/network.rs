//! The network of a mesh: which part calls which, over which wires. Where a mesh has none, its parts call each other as they
//! are.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use super::wire::{Weather, Wire};

/// A part of a mesh that others call, or that calls others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Edge,
    Search,
    Event,
    Booking,
    Account,
    Provider,
    Primary,
    Replica,
    Redis,
}

/// From whom to whom calls go.
pub type Arrow = (Part, Part);

/// The wires, one for each arrow and each instance of whoever is called.
#[derive(Debug)]
pub enum Network {
    /// None.
    Direct,
    Wired {
        wires: Mutex<BTreeMap<Arrow, Vec<Wire>>>,
        seed: u64,
    },
}

impl Network {
    /// One of wires; what happens on them by chance comes from `seed`.
    pub fn wired(seed: u64) -> Self {
        Self::Wired { wires: Mutex::default(), seed }
    }

    /// Where `from` finds an instance of `to` that listens at `address`.
    pub async fn way(&self, (from, to): Arrow, address: &str) -> String {
        let Self::Wired { wires, seed } = self else { return address.to_owned() };
        let wire = Wire::to(address, *seed).await;
        let near = wire.near.clone();
        wires.lock().unwrap_or_else(PoisonError::into_inner).entry((from, to)).or_default().push(wire);
        near
    }

    /// The weather from `from` to every instance of `to`.
    pub fn set(&self, arrow: Arrow, weather: Weather) {
        self.each(arrow, |wires| wires.iter().for_each(|wire| wire.set(weather)));
    }

    /// The same weather everywhere.
    pub fn set_all(&self, weather: Weather) {
        if let Self::Wired { wires, .. } = self {
            let wires = wires.lock().unwrap_or_else(PoisonError::into_inner);
            wires.values().flatten().for_each(|wire| wire.set(weather));
        }
    }

    fn each(&self, arrow: Arrow, work: impl FnOnce(&[Wire])) {
        let Self::Wired { wires, .. } = self else { panic!("this mesh has no wires") };
        let wires = wires.lock().unwrap_or_else(PoisonError::into_inner);
        work(wires.get(&arrow).unwrap_or_else(|| panic!("nobody calls so: {arrow:?}")));
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edge => "edge-proxy",
            Self::Search => "search-svc",
            Self::Event => "event-svc",
            Self::Booking => "booking-svc",
            Self::Account => "account-svc",
            Self::Provider => "provider",
            Self::Primary => "primary",
            Self::Replica => "replica",
            Self::Redis => "Redis",
        })
    }
}
