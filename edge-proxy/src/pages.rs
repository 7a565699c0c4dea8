//! The edge's own pages: made once at start, from the contract. The web client takes the place of `/` when it comes.

use bytes::Bytes;
use prost_reflect::FieldDescriptor;

use crate::{
    descriptors::Descriptors,
    openapi,
    routes::{Route, RouteTable},
    surface::{self, Place},
};

/// What browsers may load for these pages: their one style sheet.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = include_str!("pages/style.css");
const HOME: &str = include_str!("pages/home.html");

/// The pages, ready to be sent.
#[derive(Debug)]
pub(crate) struct Pages {
    openapi: Bytes,
    docs: Bytes,
}

impl Pages {
    /// Writes the pages.
    pub(crate) fn new(contract: &Descriptors, routes: &RouteTable) -> Self {
        Self { openapi: openapi::document(contract, routes).to_string().into(), docs: docs(contract, routes).into() }
    }

    /// The page at `path`, with its content type.
    pub(crate) fn find(&self, path: &str) -> Option<(&'static str, Bytes)> {
        match path {
            "/" => Some((HTML, Bytes::from_static(HOME.as_bytes()))),
            "/docs" => Some((HTML, self.docs.clone())),
            "/style.css" => Some(("text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes()))),
            "/openapi.json" => Some(("application/json", self.openapi.clone())),
            _ => None,
        }
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
