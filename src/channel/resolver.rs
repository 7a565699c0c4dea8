//! Looks a service's names up again and again, as its instances come and go. A look-up that fails changes nothing.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::lookup_host,
    time::{sleep, timeout},
};

use super::{peer::Peer, target::Place};

/// The least time between two look-ups: many calls that fail must not turn into load on name servers.
const GAP_MIN: Duration = Duration::from_millis(250);

/// Looks up for ever; where all addresses are numbers, there is nothing to do.
pub(super) async fn follow(peer: &Peer) {
    let places = &peer.target.places;
    if places.iter().all(|place| place.ip().is_some()) {
        return;
    }
    // What each place stood for last.
    let mut found: Vec<Vec<SocketAddr>> = vec![Vec::new(); places.len()];
    let mut is_told = false;
    loop {
        let mut failure = None;
        for (place, found) in places.iter().zip(&mut found) {
            match look_up(place).await {
                Ok(addresses) => *found = addresses,
                Err(error) => failure = Some((place, error)),
            }
        }
        if let Some((place, error)) = &failure
            && !is_told
        {
            tracing::warn!(peer = peer.name, host = place.host, %error, "a service's name is not found: what was found before counts");
        }
        is_told = failure.is_some();
        let all = places.iter().zip(&found);
        let all = all.flat_map(|(place, found)| found.iter().map(|address| (*address, place.authority.clone())));
        let all: Vec<_> = all.collect();
        if !all.is_empty() {
            peer.set_addresses(all);
        }
        sleep(GAP_MIN).await;
        // Elapsed or doubted: both mean to look again.
        let _ = timeout(peer.config.resolve_every().saturating_sub(GAP_MIN), peer.doubted.notified()).await;
    }
}

/// The system's own resolver: it knows the machine's hosts file and search domains, and gives up by itself.
async fn look_up(place: &Place) -> std::io::Result<Vec<SocketAddr>> {
    if let Some(ip) = place.ip() {
        return Ok(vec![SocketAddr::new(ip, place.port)]);
    }
    let addresses: Vec<_> = lookup_host((place.host.as_str(), place.port)).await?.collect();
    if addresses.is_empty() { Err(std::io::Error::other("no address")) } else { Ok(addresses) }
}
