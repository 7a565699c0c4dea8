//! Who a part of Usher is: `spiffe://<domain>/ns/<namespace>/sa/<service>`, as SPIFFE writes it for Kubernetes. Pure.

use std::fmt;

use super::Certificate;

/// Who a part of Usher is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    domain: String,
    namespace: String,
    /// The service: `booking-svc`.
    pub service: String,
}

impl Identity {
    /// Whom the certificate is for; `None` where it is for nobody of Usher's, or for more than one.
    pub(super) fn of(certificate: &Certificate) -> Option<Self> {
        match certificate.uris.as_slice() {
            [uri] => Self::parse(uri),
            _ => None,
        }
    }

    fn parse(uri: &str) -> Option<Self> {
        let mut parts = uri.strip_prefix("spiffe://")?.split('/');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (domain, ns, namespace, sa, service) = (next()?, next()?, next()?, next()?, next()?);
        let (domain, namespace, service) = (domain.to_owned(), namespace.to_owned(), service.to_owned());
        (ns == "ns" && sa == "sa" && parts.next().is_none()).then_some(Self { domain, namespace, service })
    }

    /// Whether the other one belongs to the same mesh: what another namespace's authority vouches for is nobody here.
    pub(super) fn is_with(&self, other: &Self) -> bool {
        (&self.domain, &self.namespace) == (&other.domain, &other.namespace)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}/ns/{}/sa/{}", self.domain, self.namespace, self.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(uris: &[&str]) -> Certificate {
        Certificate { not_before: 0, not_after: 0, uris: uris.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn one_name_says_who_it_is() {
        let uri = "spiffe://usher/ns/prod/sa/booking-svc";
        let identity = Identity::of(&certificate(&[uri])).unwrap();
        assert_eq!((identity.service.as_str(), identity.to_string().as_str()), ("booking-svc", uri));
        let of = |uri| Identity::of(&certificate(&[uri])).unwrap();
        assert!(identity.is_with(&of("spiffe://usher/ns/prod/sa/edge-proxy")));
        assert!(!identity.is_with(&of("spiffe://usher/ns/dev/sa/edge-proxy")));
        assert!(!identity.is_with(&of("spiffe://other/ns/prod/sa/edge-proxy")));
    }

    #[test]
    fn no_other_name_is_anybody() {
        for uri in [
            "https://usher/ns/a/sa/b",
            "spiffe://usher",
            "spiffe://usher/ns/a",
            "spiffe://usher/ns//sa/b",
            "spiffe:///ns/a/sa/b",
            "spiffe://usher/ns/a/sa/b/",
            "spiffe://usher/ns/a/sa/b/c",
            "spiffe://usher/sa/a/ns/b",
            "spiffe://usher/ns/a/sa/",
        ] {
            assert_eq!(Identity::of(&certificate(&[uri])), None, "{uri}");
        }
        let good = "spiffe://usher/ns/a/sa/b";
        assert_eq!(Identity::of(&certificate(&[good, good])), None);
        assert_eq!(Identity::of(&certificate(&[])), None);
    }
}
