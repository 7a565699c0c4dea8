//! How much of something each address has at once. Pure, but for the count.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts by address. Bounded by what is counted: an address that has nothing is forgotten.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    max: u32,
    counts: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// One of an address's places. Free again once it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    pub(super) fn new(max: u32) -> Self {
        Self { max, counts: Arc::default() }
    }

    /// A place for the address; `None` where it has as many as it may.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Place { crowd: self.clone(), address })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts();
        match counts.get_mut(&self.address) {
            Some(count @ 2..) => *count -= 1,
            _ => {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_places_and_gives_them_back() {
        let (crowd, ann, bob) = (Crowd::new(2), IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let (first, second) = (crowd.enter(ann), crowd.enter(ann));
        assert!(first.is_some() && second.is_some() && crowd.enter(ann).is_none());
        assert!(crowd.enter(bob).is_some());
        drop(first);
        let third = crowd.enter(ann);
        assert!(third.is_some() && crowd.enter(ann).is_none());
        drop((second, third));
        assert!(crowd.counts().is_empty(), "who has nothing is forgotten");
    }
}
