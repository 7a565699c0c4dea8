//! The page at `/docs` on which all that there is can be tried: files of a build of `docs-page/`, read once at start.

use std::{collections::HashMap, fs, io, path::Path};

use bytes::Bytes;

use super::{HTML, Page};

/// What browsers may load for it: its own scripts, styles and pictures, and what is tried.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The file that `/docs` itself is.
const INDEX: &str = "index.html";

/// The files, ready to be sent.
#[derive(Debug)]
pub(super) struct Viewer(HashMap<String, Page>);

impl Viewer {
    /// Reads the folder; one without its first page is no build.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut files = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some(content_type) = content_type(&name) else { continue };
            let bytes = Bytes::from(fs::read(entry.path())?);
            files.insert(name, Page { content_type, policy: POLICY, bytes });
        }
        if files.contains_key(INDEX) {
            return Ok(Self(files));
        }
        Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no {INDEX}")))
    }

    /// The file at `path`.
    pub(super) fn find(&self, path: &str) -> Option<Page> {
        let name = match path.strip_prefix("/docs")? {
            "" => INDEX,
            rest => rest.strip_prefix('/')?,
        };
        self.0.get(name).cloned()
    }
}

/// The type of a file, by its ending; what has none here is not served.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "html" => Some(HTML),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}
