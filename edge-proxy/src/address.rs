//! Whom a request is for, said once: a request that names two hosts is refused, since whoever stands before the edge may
//! have gone by the other one. Pure.

use http::{Version, header, request::Parts, uri::Authority};

/// What is wrong with the request's address, if anything is.
pub(crate) fn wrong(head: &Parts) -> Option<&'static str> {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Some("there are two host headers: send one");
    }
    let named = match host.map(|host| host.to_str().ok().and_then(authority)) {
        Some(None) => return Some("the host header must read: host or host:port"),
        Some(named) => named,
        None if head.version == Version::HTTP_11 => return Some("there is no host header"),
        None => None,
    };
    let target = head.uri.authority()?;
    if target.as_str().contains('@') {
        return Some("an address must not have a user in it");
    }
    if !matches!(head.uri.scheme_str(), None | Some("http" | "https")) {
        return Some("an address must begin with http or https");
    }
    // HTTP/1 may write all of it into its first line, HTTP/2 has a field of its own for it.
    match named.is_some_and(|named| !named.as_str().eq_ignore_ascii_case(target.as_str())) {
        true => Some("the host header and the address name two hosts: send one"),
        false => None,
    }
}

fn authority(host: &str) -> Option<Authority> {
    host.parse().ok().filter(|authority: &Authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn head(version: Version, uri: &str, hosts: &[&str]) -> Parts {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_request_is_for_one_host() {
        let (old, one, two) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        for (version, uri, hosts) in [
            (one, "/v1/me", &["usher.example"][..]),
            (one, "/v1/me", &["[::1]:8080"]),
            (one, "http://usher.example:80/v1/me", &["Usher.example:80"]),
            (old, "/v1/me", &[]),
            (two, "http://usher.example/v1/me", &[]),
            (two, "http://usher.example/v1/me", &["usher.example"]),
            (two, "/v1/me", &["usher.example"]),
        ] {
            assert_eq!(wrong(&head(version, uri, hosts)), None, "{version:?} {uri} {hosts:?}");
        }
        for (version, uri, hosts) in [
            (one, "/v1/me", &[][..]),
            (one, "/v1/me", &[""]),
            (one, "/v1/me", &["a", "b"]),
            (one, "/v1/me", &["a", "a"]),
            (one, "/v1/me", &["a b"]),
            (one, "/v1/me", &["a/b"]),
            (one, "/v1/me", &["user@a"]),
            (one, "http://a/v1/me", &["b"]),
            (one, "http://user@a/v1/me", &["a"]),
            (one, "ftp://a/v1/me", &["a"]),
            (two, "http://a/v1/me", &["b"]),
            (two, "http://a/v1/me", &["a", "a"]),
        ] {
            assert!(wrong(&head(version, uri, hosts)).is_some(), "{version:?} {uri} {hosts:?}");
        }
    }
}
