//! The edge's own pages: made once at start, from the contract. The web client takes the place of `/` when it comes.

mod viewer;

use std::{io, path::Path};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use prost_reflect::FieldDescriptor;

use crate::{
    body::{self, Body},
    descriptors::Descriptors,
    openapi,
    routes::{Route, RouteTable},
    surface::{self, Place},
};
use viewer::Viewer;

/// What browsers may load for these pages: their one style sheet.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = include_str!("pages/style.css");
const HOME: &str = include_str!("pages/home.html");

/// A page, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    content_type: &'static str,
    policy: &'static str,
    bytes: Bytes,
}

impl Page {
    /// The page as an answer.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = body::full(StatusCode::OK, HeaderValue::from_static(self.content_type), self.bytes);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        // They change with the edge: whoever has one asks whether it is still so.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

/// The pages.
#[derive(Debug)]
pub(crate) struct Pages {
    openapi: Bytes,
    /// The list of all there is, for where there is no viewer.
    docs: Bytes,
    viewer: Option<Viewer>,
}

impl Pages {
    /// Writes the pages, and reads the viewer's from its folder.
    pub(crate) fn new(contract: &Descriptors, routes: &RouteTable, docs_dir: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            openapi: openapi::document(contract, routes).to_string().into(),
            docs: docs(contract, routes).into(),
            viewer: docs_dir.map(Viewer::read).transpose()?,
        })
    }

    /// The page at `path`.
    pub(crate) fn find(&self, path: &str) -> Option<Page> {
        if let Some(page) = self.viewer.as_ref().and_then(|viewer| viewer.find(path)) {
            return Some(page);
        }
        let (content_type, bytes) = match path {
            "/" => (HTML, Bytes::from_static(HOME.as_bytes())),
            "/docs" => (HTML, self.docs.clone()),
            "/style.css" => ("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes())),
            "/openapi.json" => ("application/json", self.openapi.clone()),
            _ => return None,
        };
        Some(Page { content_type, policy: POLICY, bytes })
    }
}

fn docs(contract: &Descriptors, routes: &RouteTable) -> String {
    let mut listed: Vec<_> = routes.iter().collect();
    listed.sort_by_key(|route| (route.rpc().to_owned(), route.path()));
    let operations: String = listed.into_iter().map(|route| operation(contract, route)).collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Usher: the API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/style.css\">\
         <main><h1>The API</h1><p>Written from the contract, as is <a href=\"/openapi.json\">openapi.json</a>. \
         64-bit numbers travel as strings; money is in minor units; times are UTC.</p>{operations}</main></html>\n"
    )
}

fn operation(contract: &Descriptors, route: &Route) -> String {
    let method = &route.rpc.method;
    let fields: String =
        surface::inputs(route).into_iter().map(|(place, field)| row(contract, &field, place_name(place))).collect();
    let answer: String = match route.is_answered_raw() {
        true => format!("<tr><td>answer<td><td>bytes<td>{}", escape(surface::RAW_ANSWER)),
        false => surface::outputs(route).iter().map(|field| row(contract, field, "answer")).collect(),
    };
    format!(
        "<section><h2><code>{} {}</code></h2><p>{}</p><p class=\"access\">{}</p><table>{fields}{answer}</table></section>",
        route.http_method(),
        escape(&route.path()),
        escape(contract.comment(&method.parent_file(), method.path())),
        surface::access(route.access()),
    )
}

fn row(contract: &Descriptors, field: &FieldDescriptor, place: &str) -> String {
    let comment = contract.comment(&field.parent_message().parent_file(), field.path());
    format!(
        "<tr><td>{place}<td><code>{}</code><td>{}<td>{}",
        escape(field.name()),
        escape(&surface::type_name(field)),
        escape(comment)
    )
}

const fn place_name(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body => "body",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
