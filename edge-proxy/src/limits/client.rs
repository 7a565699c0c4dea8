//! Where a request comes from: from the other end of its connection, unless that is a proxy of the house's own, which says
//! for whom it calls. Nobody else is believed. Pure.

use std::net::{IpAddr, SocketAddr};

use clap::ValueEnum;
use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::config::LimitConfig;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How the house's proxies say for whom they call. One of the two: a proxy that writes the one passes the other on as a
/// client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For: client, proxy, …`.
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy, …` (RFC 7239).
    Forwarded,
}

/// The proxies of the house's own.
#[derive(Debug)]
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: ProxyHeader,
}

impl Proxies {
    pub(crate) fn new(config: &LimitConfig) -> Self {
        Self { trusted: config.trusted_proxies.clone(), header: config.trusted_proxy_header }
    }

    /// The client for whom `peer` calls: back along the proxies for as long as they are the house's own. What one of them
    /// can't have written ends the way: then it is the last one that is known.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let name = match self.header {
            ProxyHeader::XForwardedFor => FORWARDED_FOR,
            ProxyHeader::Forwarded => header::FORWARDED,
        };
        let mut client = peer;
        for line in headers.get_all(name).into_iter().collect::<Vec<_>>().into_iter().rev() {
            for element in line.to_str().unwrap_or_default().rsplit(',') {
                let Some(before) = self.address(element.trim()) else { return client };
                client = before;
                if !self.trusts(client) {
                    return client;
                }
            }
        }
        client
    }

    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(&address))
    }

    fn address(&self, element: &str) -> Option<IpAddr> {
        let node = match self.header {
            ProxyHeader::XForwardedFor => element,
            ProxyHeader::Forwarded => element.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                name.eq_ignore_ascii_case("for").then_some(value.trim_matches('"'))
            })?,
        };
        node_address(node)
    }
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn node_address(node: &str) -> Option<IpAddr> {
    let bare = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    let address = bare.parse().ok().or_else(|| node.parse().ok().map(|socket: SocketAddr| socket.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(header: ProxyHeader) -> Proxies {
        Proxies { trusted: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()], header }
    }

    fn client(header: ProxyHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        proxies(header).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_the_houses_own_proxies_are_believed() {
        use ProxyHeader::{Forwarded, XForwardedFor};
        let xff = |value: &'static str| vec![("x-forwarded-for", value)];
        let forwarded = |value: &'static str| vec![("forwarded", value)];
        for (header, peer, lines, expected) in [
            // Nobody's proxy says nothing.
            (XForwardedFor, "192.0.2.1", xff("198.51.100.7"), "192.0.2.1"),
            (XForwardedFor, "10.0.0.1", vec![], "10.0.0.1"),
            (XForwardedFor, "10.0.0.1", xff("198.51.100.7"), "198.51.100.7"),
            // What the client wrote itself stands before what the proxy wrote.
            (XForwardedFor, "10.0.0.1", xff("127.0.0.1, 198.51.100.7"), "198.51.100.7"),
            (XForwardedFor, "10.0.0.1", xff("198.51.100.7, 10.0.0.2"), "198.51.100.7"),
            (XForwardedFor, "10.0.0.1", xff("198.51.100.7, nonsense"), "10.0.0.1"),
            (XForwardedFor, "10.0.0.1", xff("198.51.100.7,"), "10.0.0.1"),
            (XForwardedFor, "10.0.0.1", xff("nonsense, 10.0.0.2"), "10.0.0.2"),
            (XForwardedFor, "10.0.0.1", xff("198.51.100.7:4711"), "198.51.100.7"),
            (XForwardedFor, "::ffff:10.0.0.1", xff("2001:db8::7"), "2001:db8::7"),
            (XForwardedFor, "fd00::1", xff("[2001:db8::7]:80"), "2001:db8::7"),
            // The other header is as the client sent it.
            (XForwardedFor, "10.0.0.1", forwarded("for=198.51.100.7"), "10.0.0.1"),
            (Forwarded, "10.0.0.1", xff("198.51.100.7"), "10.0.0.1"),
            (Forwarded, "10.0.0.1", forwarded("for=198.51.100.7;proto=https"), "198.51.100.7"),
            (Forwarded, "10.0.0.1", forwarded("proto=https; For=\"[2001:db8::7]:4711\""), "2001:db8::7"),
            (Forwarded, "10.0.0.1", forwarded("for=1.1.1.1, for=198.51.100.7, for=10.0.0.2"), "198.51.100.7"),
            (Forwarded, "10.0.0.1", forwarded("for=unknown"), "10.0.0.1"),
        ] {
            assert_eq!(client(header, peer, &lines), expected, "{peer}: {lines:?}");
        }
        let two_lines = [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client(XForwardedFor, "10.0.0.1", &two_lines), "198.51.100.7");
    }
}
