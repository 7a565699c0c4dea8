//! One file of the client, with the forms that its build compressed beforehand. Pure.

use std::collections::HashMap;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue, header};
use ring::digest;

/// Compressed forms: the ending that the build gives them, and HTTP's name; the smallest first.
const ENCODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];
/// Content types by ending; anything else is bytes.
const TYPES: [(&str, &str); 10] = [
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".json", "application/json"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
    (".ico", "image/x-icon"),
    (".woff2", "font/woff2"),
    (".txt", "text/plain; charset=utf-8"),
    (".webmanifest", "application/manifest+json"),
];
/// Half of a SHA-256: plenty to tell two builds apart.
const TAG_BYTES: usize = 16;

/// A file, ready to be sent.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) content_type: HeaderValue,
    pub(super) tag: HeaderValue,
    plain: Bytes,
    compressed: Vec<(&'static str, Bytes)>,
}

impl Asset {
    /// The file `name` with nothing compressed beforehand.
    pub(super) fn new(name: &str, plain: Bytes) -> Self {
        let known = TYPES.iter().find(|(ending, _)| name.ends_with(ending));
        let content_type = HeaderValue::from_static(known.map_or("application/octet-stream", |(_, kind)| kind));
        let hash = digest::digest(&digest::SHA256, &plain);
        let hash = HEXLOWER.encode(hash.as_ref().get(..TAG_BYTES).unwrap_or_default());
        // Weak, because one tag stands for the file in every encoding.
        let tag =
            HeaderValue::from_str(&format!("W/\"{hash}\"")).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""));
        Self { content_type, tag, plain, compressed: Vec::new() }
    }

    /// The smallest form that the asker reads, and its encoding.
    pub(super) fn body_for(&self, headers: &HeaderMap) -> (Option<&'static str>, Bytes) {
        let found = self.compressed.iter().find(|(encoding, _)| accepts(headers, encoding));
        found.map_or_else(|| (None, self.plain.clone()), |(encoding, bytes)| (Some(*encoding), bytes.clone()))
    }

    /// Whether the asker has it as it is.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(has) = headers.get(header::IF_NONE_MATCH).and_then(|has| has.to_str().ok()) else { return false };
        has.split(',').any(|tag| tag.trim() == "*" || tag.trim().as_bytes() == self.tag.as_bytes())
    }
}

/// Puts each file together with its compressed forms.
pub(super) fn from_files(files: HashMap<String, Vec<u8>>) -> HashMap<String, Asset> {
    let (compressed, plain): (Vec<_>, Vec<_>) = files
        .into_iter()
        .map(|(name, bytes)| (name, Bytes::from(bytes)))
        .partition(|(name, _)| ENCODINGS.iter().any(|(ending, _)| name.ends_with(ending)));
    let compressed: HashMap<_, _> = compressed.into_iter().collect();
    let with_forms = plain.into_iter().map(|(name, bytes)| {
        let forms = ENCODINGS
            .iter()
            .filter_map(|(ending, encoding)| Some((*encoding, compressed.get(&format!("{name}{ending}"))?.clone())));
        let asset = Asset { compressed: forms.collect(), ..Asset::new(&name, bytes) };
        (name, asset)
    });
    with_forms.collect()
}

/// Whether `Accept-Encoding` takes it.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|said| said.to_str().ok());
    said.flat_map(|said| said.split(',')).any(|choice| {
        let mut parts = choice.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)));
        !refused && name.eq_ignore_ascii_case(encoding)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(accepted: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))])
    }

    #[test]
    fn the_smallest_form_that_is_read_is_sent() {
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let files = [file("/a.js", "plain"), file("/a.js.br", "b"), file("/a.js.gz", "gz"), file("/b.css", "css")];
        let assets = from_files(files.into_iter().collect());
        assert_eq!(assets.len(), 2, "a compressed form is no file of its own");
        for (accepted, encoding, text) in [
            ("gzip, deflate, br", Some("br"), "b"),
            ("gzip;q=0.5", Some("gzip"), "gz"),
            ("br;q=0, GZIP", Some("gzip"), "gz"),
            ("identity", None, "plain"),
            ("", None, "plain"),
        ] {
            let sent = assets["/a.js"].body_for(&asking(accepted));
            assert_eq!(sent, (encoding, Bytes::from_static(text.as_bytes())), "{accepted}");
        }
        assert_eq!(assets["/b.css"].body_for(&asking("br")).0, None);
        assert_eq!(assets["/b.css"].content_type, "text/css; charset=utf-8");
        assert_ne!(assets["/b.css"].tag, assets["/a.js"].tag);
    }
}
