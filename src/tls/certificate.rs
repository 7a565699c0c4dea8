//! What a certificate says of itself: how long it is good, and for whom.

use x509_parser::{extensions::GeneralName, parse_x509_certificate};

/// What matters of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Since when it is good, in seconds since 1970.
    pub not_before: i64,
    /// Until when it is good, in seconds since 1970.
    pub not_after: i64,
    /// The addresses (`spiffe://…`) that it is for.
    pub uris: Vec<String>,
}

impl Certificate {
    /// Reads it; `None` for what is no certificate.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = parse_x509_certificate(der).ok()?;
        let names = parsed.subject_alternative_name().ok()?;
        let names = names.map_or(&[][..], |names| &names.value.general_names);
        let uris = names.iter().filter_map(|name| match name {
            GeneralName::URI(uri) => Some((*uri).to_owned()),
            _ => None,
        });
        Some(Self {
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            uris: uris.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_says_for_whom_and_how_long() {
        let mut params = CertificateParams::new(["usher.example".to_owned()]).unwrap();
        params.subject_alt_names.push(SanType::URI("spiffe://usher/ns/a/sa/b".try_into().unwrap()));
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let read = Certificate::read(made.der()).unwrap();
        assert_eq!((read.not_before, read.not_after), (1_577_836_800, 1_609_459_200));
        assert_eq!(read.uris, ["spiffe://usher/ns/a/sa/b"]);
        assert_eq!(Certificate::read(b"nothing of the kind"), None);
    }
}
