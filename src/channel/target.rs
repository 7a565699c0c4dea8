//! Where a service is: one address, or several, each a name or a number. Pure.

use std::{fmt, net::IpAddr, str::FromStr};

use http::{Uri, uri::Authority};

/// Where a service is: `http://host:port`, or several of them separated by commas. A host may stand for many addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub(super) places: Vec<Place>,
}

/// One of the addresses that are configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) authority: Authority,
    pub(super) host: String,
    pub(super) port: u16,
}

/// A service's address makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("must read http://host:port, or several of these separated by commas")]
pub struct MalformedTarget;

impl FromStr for Target {
    type Err = MalformedTarget;

    fn from_str(text: &str) -> Result<Self, MalformedTarget> {
        let places = text.split(',').map(|place| Place::parse(place.trim()).ok_or(MalformedTarget));
        Ok(Self { places: places.collect::<Result<_, _>>()? })
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        if uri.scheme_str() != Some("http") || uri.path() != "/" || uri.query().is_some() {
            return None;
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?.clone();
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16()?;
        (!host.is_empty()).then_some(Self { authority, host, port })
    }

    /// The address, where it is written as a number.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, place) in self.places.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            write!(f, "{comma}http://{}", place.authority)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_or_several() {
        let one: Target = "http://booking:50053".parse().unwrap();
        assert_eq!((one.places[0].host.as_str(), one.places[0].port), ("booking", 50_053));
        assert_eq!(one.places[0].ip(), None);
        let two: Target = "http://127.0.0.1:1, http://[::1]:2/".parse().unwrap();
        assert_eq!(two.places.iter().filter_map(Place::ip).count(), 2);
        assert_eq!(two.to_string(), "http://127.0.0.1:1,http://[::1]:2");
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            ",",
            "booking",
            "booking:1",
            "https://booking:1",
            "http://booking",
            "http://booking:1/path",
            "http://",
            "http://a@booking:1",
            "http://booking:1,",
            "http://booking:1,nonsense",
            "http://booking:1?x",
        ] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
