//! Addresses to listen on: the usual one, the one that was asked for, or a free one. Each is held until its server is
//! about to take it, so that two servers never get the same.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::{error::Error, terminal};

/// Free ports come from here: Linux hands its own pick of ports, from 32,768 on, to connections that go out, and a
/// server that restarts could find its port taken by one.
const FREE: std::ops::Range<u16> = 20_000..32_000;
/// How many ports are tried before giving up.
const TRIES_MAX: usize = 200;

/// An address that is kept free for a server.
#[derive(Debug)]
pub struct Port {
    addr: SocketAddr,
    held: Option<TcpListener>,
}

/// What a server wants to listen on.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The server's name.
    pub name: &'static str,
    /// The variable that asks for an address.
    pub variable: &'static str,
    /// What the variable asks for; port 0 is any.
    pub asked: Option<SocketAddr>,
    /// The port on 127.0.0.1 that is taken unasked; 0 is any.
    pub usual: u16,
}

impl Wish {
    /// Keeps an address free for the server. An address that was asked for is taken or refused, never replaced.
    pub fn hold(self) -> Result<Port, Error> {
        if let Some(addr) = self.asked {
            if addr.port() == 0 {
                return self.any(addr);
            }
            let taken = |source| Error::AddressTaken { variable: self.variable, addr, source };
            return TcpListener::bind(addr).map(|held| Port { addr, held: Some(held) }).map_err(taken);
        }
        let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, self.usual));
        if self.usual == 0 {
            return self.any(usual);
        }
        if let Ok(held) = TcpListener::bind(usual) {
            return Ok(Port { addr: usual, held: Some(held) });
        }
        let port = self.any(usual)?;
        terminal::note(format!("{usual} is taken: {} listens on {} instead", self.name, port.addr));
        Ok(port)
    }

    fn any(self, near: SocketAddr) -> Result<Port, Error> {
        let mut tries = std::iter::repeat_with(|| SocketAddr::new(near.ip(), rand::random_range(FREE)));
        let bound = tries.by_ref().take(TRIES_MAX).find_map(|addr| Some((addr, TcpListener::bind(addr).ok()?)));
        let (addr, held) = bound.ok_or(Error::NoPort(self.name))?;
        Ok(Port { addr, held: Some(held) })
    }
}

impl Port {
    /// The address for a client on this machine.
    #[must_use]
    pub fn client_addr(&self) -> SocketAddr {
        let mut addr = self.addr;
        if addr.ip().is_unspecified() {
            addr.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        addr
    }

    /// The URL for a client on this machine.
    #[must_use]
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.client_addr())
    }

    /// Lets the server have the address.
    pub fn release(&mut self) -> SocketAddr {
        self.held = None;
        self.addr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(asked: Option<SocketAddr>, usual: u16) -> Wish {
        Wish { name: "edge", variable: "EDGE_ADDR", asked, usual }
    }

    #[test]
    fn a_usual_port_that_is_taken_is_replaced() {
        let first = wish(None, 0).hold().unwrap();
        let second = wish(None, first.addr.port()).hold().unwrap();
        assert_ne!(first.addr, second.addr);
    }

    #[test]
    fn an_asked_port_that_is_taken_is_refused_by_its_variable() {
        let first = wish(None, 0).hold().unwrap();
        let refused = wish(Some(first.addr), 0).hold().unwrap_err();
        assert!(refused.to_string().contains(&format!("EDGE_ADDR={}", first.addr)), "{refused}");
    }

    #[test]
    fn a_released_port_can_be_taken_at_once() {
        let mut port = wish(None, 0).hold().unwrap();
        TcpListener::bind(port.release()).unwrap();
    }

    #[test]
    fn a_server_on_all_addresses_is_reached_on_this_machine() {
        let port = wish(Some(SocketAddr::from(([0, 0, 0, 0], 0))), 0).hold().unwrap();
        assert_eq!(port.url("http"), format!("http://127.0.0.1:{}", port.addr.port()));
    }
}
