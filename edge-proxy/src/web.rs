//! The web client: the files of one folder, read at start and served from memory. Knows nothing of what they are for,
//! beyond which paths the client draws by itself.

mod asset;
mod policy;

use std::{collections::HashMap, fs, io, path::Path};

use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use serde_json::json;

use crate::{
    body::{self, Body},
    config::Config,
};
use asset::Asset;

/// The pages of the customer's client: first parts of paths that its own router knows.
const CUSTOMER_ROUTES: [&str; 9] =
    ["", "account", "booking", "bookings", "checkout", "event", "login", "pay", "signup"];
/// The first part of every path of the house's client.
const ADMIN_ROUTE: &str = "admin";
const CUSTOMER_PAGE: &str = "/index.html";
const ADMIN_PAGE: &str = "/admin.html";
/// What a path without a page of its own begins with, where the build has made one.
const PLAIN_PAGE: &str = "/page.html";
/// The first page's names without language and ending: as it is, and where it is asked for what was found.
const HOME: &str = "/index";
const FOUND: &str = "/search";
/// What a search is made of, in the first page's address (`web/src/pages/home/query.ts`).
const SEARCH_PARTS: [&str; 6] = ["q", "category", "theater", "when", "date", "page"];
/// So many of an asker's languages are looked at.
const LANGUAGES_MAX: usize = 10;
/// What the client must know of this deployment.
const CONFIG_PATH: &str = "/config.json";
/// Files under this path have their content's hash in their name.
const HASHED: &str = "/assets/";
/// The largest client that is taken into memory, in bytes: a folder named by mistake must not fill it.
const BYTES_MAX: u64 = 64 << 20;

/// What keeps the client from being served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read.
    #[error("WEB_DIR: can't read {0}: {1}")]
    Read(String, io::Error),
    /// The folder holds something else.
    #[error("WEB_DIR: {0} has no index.html and admin.html: build the client with `make web`")]
    NotBuilt(String),
    /// The folder holds far too much.
    #[error("WEB_DIR: {0} holds more than {max} MiB: it is not the client", max = BYTES_MAX >> 20)]
    TooLarge(String),
}

/// The client, ready to be sent.
#[derive(Debug)]
pub(crate) struct Web {
    assets: HashMap<String, Asset>,
    policy: HeaderValue,
}

impl Web {
    /// Reads the client, where the settings name one.
    pub(crate) fn load(config: &Config) -> Result<Option<Self>, Error> {
        let Some(folder) = &config.web_dir else { return Ok(None) };
        let mut files = HashMap::new();
        let mut bytes_left = BYTES_MAX;
        read_folder(folder, "", &mut files, &mut bytes_left)?;
        let mut assets = asset::from_files(files);
        if [CUSTOMER_PAGE, ADMIN_PAGE].iter().any(|page| !assets.contains_key(*page)) {
            return Err(Error::NotBuilt(folder.display().to_string()));
        }
        assets.insert(CONFIG_PATH.to_owned(), Asset::new(CONFIG_PATH, client_config(config).to_string().into()));
        Ok(Some(Self { assets, policy: policy::header(config) }))
    }

    /// The answer to a GET or HEAD of `uri`; `None` for what is not the client's.
    pub(crate) fn answer(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response<Body>> {
        let name = self.file_name(uri, headers)?;
        let asset = self.assets.get(name)?;
        // A page may be another one in another language, a file never is.
        let (kept, varies) = match name.starts_with(HASHED) {
            true => ("public, max-age=31536000, immutable", "accept-encoding"),
            false => ("no-cache", "accept-encoding, accept-language"),
        };
        let (encoding, bytes) = asset.body_for(headers);
        let mut response = match asset.is_known(headers) {
            true => {
                let mut response = Response::new(Body::default());
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response
            }
            false => {
                let mut response = body::full(StatusCode::OK, asset.content_type.clone(), bytes);
                if let Some(encoding) = encoding {
                    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
                }
                response
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(header::ETAG, asset.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static(varies));
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        Some(response)
    }

    /// The file that answers `uri`: itself, or the page whose router knows it.
    fn file_name(&self, uri: &Uri, headers: &HeaderMap) -> Option<&str> {
        let path = uri.path();
        if let Some((name, _)) = self.assets.get_key_value(path) {
            return Some(name);
        }
        let first = path.strip_prefix('/')?.split('/').next()?;
        match first {
            ADMIN_ROUTE => Some(ADMIN_PAGE),
            "" if is_search(uri) => self.spoken(FOUND, headers).or_else(|| self.spoken(HOME, headers)),
            "" => self.spoken(HOME, headers),
            first if CUSTOMER_ROUTES.contains(&first) => {
                let pages = [&format!("/{first}.html"), PLAIN_PAGE, CUSTOMER_PAGE];
                pages.iter().find_map(|page| self.assets.get_key_value(*page)).map(|(name, _)| name.as_str())
            }
            _ => None,
        }
    }

    /// `page` in the first of the asker's languages that it is written in, else in its own.
    fn spoken(&self, page: &str, headers: &HeaderMap) -> Option<&str> {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|wanted| wanted.to_str().ok()).unwrap_or_default();
        let languages = wanted.split(',').take(LANGUAGES_MAX).map(|tag| {
            let language: String = tag.trim().chars().take_while(char::is_ascii_alphabetic).collect();
            format!("{page}.{}.html", language.to_ascii_lowercase())
        });
        let mut pages = languages.chain([format!("{page}.html")]);
        pages.find_map(|page| self.assets.get_key_value(&page)).map(|(name, _)| name.as_str())
    }
}

/// Whether the first page is asked for what a search has found.
fn is_search(uri: &Uri) -> bool {
    let mut parts = uri.query().unwrap_or_default().split('&').filter_map(|part| part.split_once('='));
    parts.any(|(name, value)| SEARCH_PARTS.contains(&name) && !value.is_empty())
}

/// What the client is told: how customers pay here.
fn client_config(config: &Config) -> serde_json::Value {
    let payment = match (&config.payment_publishable_key, &config.payment_form_url) {
        (Some(key), _) => json!({"provider": "stripe", "publishable_key": key}),
        (None, Some(url)) => json!({"provider": "form", "form_url": url.to_string()}),
        (None, None) => json!(null),
    };
    json!({ "payment": payment })
}

fn read_folder(
    folder: &Path,
    under: &str,
    files: &mut HashMap<String, Vec<u8>>,
    bytes_left: &mut u64,
) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error| Error::Read(path, error)
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let path = entry.path();
        let name = format!("{under}/{}", entry.file_name().to_string_lossy());
        let about = fs::metadata(&path).map_err(failed(&path))?;
        if about.is_dir() {
            read_folder(&path, &name, files, bytes_left)?;
            continue;
        }
        *bytes_left =
            bytes_left.checked_sub(about.len()).ok_or_else(|| Error::TooLarge(folder.display().to_string()))?;
        files.insert(name, fs::read(&path).map_err(failed(&path))?);
    }
    Ok(())
}
