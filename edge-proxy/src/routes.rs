//! The REST surface: which method and path is which RPC. Derived from the contract's annotations at start; nothing
//! here is written by hand, and what does not fit together is refused before the first request.

mod rpc;
mod template;

pub(crate) use rpc::Rpc;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use http::Method;
use prost_reflect::FieldDescriptor;
use usher::contract::{
    access::Access,
    api::{HttpRule, http_rule::Pattern},
};

use crate::{
    descriptors::{self, Descriptors},
    transcode::field,
};
use rpc::rpc;
use template::Template;

/// A message of this type is an HTTP body as it comes: a request's field, or an answer.
const RAW_BODY: &str = "google.api.HttpBody";

/// Why the contract makes no route table. Each names the method to mend.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The contract can't be read.
    #[error(transparent)]
    Descriptors(#[from] descriptors::Error),
    /// A path template is malformed.
    #[error("{method}: the path {template}: {wrong}")]
    Template {
        /// The method's full name.
        method: String,
        /// The template.
        template: String,
        /// What it must look like.
        wrong: &'static str,
    },
    /// A path or body names what the request message does not have.
    #[error("{method}: {field}: {wrong}")]
    Field {
        /// The method's full name.
        method: String,
        /// The field's path.
        field: String,
        /// What is wrong with it.
        wrong: String,
    },
    /// An annotation says something that the edge can't do.
    #[error("{method}: {what} is not supported")]
    Unsupported {
        /// The method's full name.
        method: String,
        /// What is not supported.
        what: &'static str,
    },
    /// Two methods want the same address.
    #[error("{one} and {two} are both reached by {address}")]
    Conflict {
        /// The one method's full name.
        one: String,
        /// The other's.
        two: String,
        /// The HTTP method and path.
        address: String,
    },
}

/// What becomes of an HTTP body.
#[derive(Debug)]
pub(crate) enum Body {
    /// It is not read.
    None,
    /// Its JSON is the request.
    Whole,
    /// Its JSON is this field of the request.
    Field(FieldDescriptor),
    /// Its bytes go into this field, a `google.api.HttpBody`, as they come.
    Raw(FieldDescriptor),
}

/// One way to reach an RPC over REST.
#[derive(Debug)]
pub struct Route {
    pub(crate) http_method: Method,
    pub(crate) template: Template,
    /// The field that each variable of the template fills, as the way that leads there.
    pub(crate) variables: Vec<Vec<FieldDescriptor>>,
    pub(crate) body: Body,
    pub(crate) rpc: Arc<Rpc>,
}

impl Route {
    /// The HTTP method.
    #[must_use]
    pub const fn http_method(&self) -> &Method {
        &self.http_method
    }

    /// The path template: `/v1/event/{event_id}`.
    #[must_use]
    pub fn path(&self) -> String {
        self.template.to_string()
    }

    /// The full name of the RPC: `usher.event.v1.EventService.GetEvent`.
    #[must_use]
    pub fn rpc(&self) -> &str {
        self.rpc.method.full_name()
    }

    /// The RPC's gRPC path: `/usher.event.v1.EventService/GetEvent`.
    pub(crate) fn rpc_path(&self) -> &str {
        self.rpc.path.as_str()
    }

    /// The least that a caller must be.
    #[must_use]
    pub fn access(&self) -> Access {
        self.rpc.access
    }

    /// A route to the RPC of that name under a rule of a test's own.
    #[cfg(test)]
    pub(crate) fn made_for(contract: &Descriptors, name: &str, rule: &HttpRule) -> Self {
        let method = contract.methods().find(|method| method.name() == name).unwrap();
        route(&Arc::new(rpc(contract, method).unwrap()), rule).unwrap()
    }

    /// Whether the body goes through untouched. Its sender proves itself by a signature, not by a token.
    pub(crate) const fn is_raw(&self) -> bool {
        matches!(self.body, Body::Raw(_))
    }
}

/// What an address leads to.
#[derive(Debug)]
pub(crate) enum Found<'t, 'p> {
    /// This route, with the raw text of its variables.
    Route(&'t Arc<Route>, Vec<&'p str>),
    /// Something, but not by this method; these are the ones that do.
    OtherMethod(BTreeSet<&'t str>),
    /// Nothing.
    Nothing,
}

/// Every route and every RPC.
#[derive(Debug)]
pub struct RouteTable {
    /// Literals before variables: the first that matches is the right one.
    routes: Vec<Arc<Route>>,
    /// By their gRPC paths: `/usher.booking.v1.BookingService/Reserve`.
    rpcs: HashMap<String, Arc<Rpc>>,
}

impl RouteTable {
    /// Derives the table from the contract.
    pub fn derive(contract: &Descriptors) -> Result<Self, Error> {
        let (mut routes, mut rpcs) = (Vec::<Arc<Route>>::new(), HashMap::new());
        for method in contract.methods() {
            let rpc = Arc::new(rpc(contract, method.clone())?);
            rpcs.insert(rpc.path.as_str().to_owned(), Arc::clone(&rpc));
            let Some(rule) = contract.http_rule(&method)? else {
                continue;
            };
            if method.is_client_streaming() {
                return Err(unsupported(&rpc, "a REST path for a stream of requests"));
            }
            if method.is_server_streaming() && rpc.answers_raw {
                return Err(unsupported(&rpc, "a REST path for a stream of raw bodies"));
            }
            for binding in std::iter::once(&rule).chain(&rule.additional_bindings) {
                let route = route(&rpc, binding)?;
                if let Some(other) = routes.iter().find(|other| fights(other, &route)) {
                    return Err(Error::Conflict {
                        one: other.rpc().to_owned(),
                        two: route.rpc().to_owned(),
                        address: format!("{} {}", route.http_method, route.template),
                    });
                }
                routes.push(Arc::new(route));
            }
        }
        routes.sort_by_key(|route| route.template.precedence());
        Ok(Self { routes, rpcs })
    }

    /// Every route.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().map(AsRef::as_ref)
    }

    /// The RPC at a gRPC path.
    pub(crate) fn rpc(&self, path: &str) -> Option<&Arc<Rpc>> {
        self.rpcs.get(path)
    }

    /// What `method` and `path` (raw, without its query) lead to. A HEAD is a GET whose body nobody reads.
    pub(crate) fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'_, 'p> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let mut others = BTreeSet::new();
        for route in &self.routes {
            if let Some(variables) = route.template.matches(path) {
                if route.http_method == method {
                    return Found::Route(route, variables);
                }
                others.insert(route.http_method.as_str());
                if route.http_method == Method::GET {
                    others.insert(Method::HEAD.as_str());
                }
            }
        }
        if others.is_empty() { Found::Nothing } else { Found::OtherMethod(others) }
    }
}

fn fights(one: &Route, two: &Route) -> bool {
    one.http_method == two.http_method && one.template.same_shape(&two.template)
}

fn unsupported(rpc: &Rpc, what: &'static str) -> Error {
    Error::Unsupported { method: rpc.method.full_name().to_owned(), what }
}

fn route(rpc: &Arc<Rpc>, rule: &HttpRule) -> Result<Route, Error> {
    if !rule.response_body.is_empty() {
        return Err(unsupported(rpc, "response_body"));
    }
    let (http_method, path) = address(rule).ok_or_else(|| unsupported(rpc, "an annotation without a path"))?;
    let template = Template::parse(path).map_err(|wrong| Error::Template {
        method: rpc.method.full_name().to_owned(),
        template: path.to_owned(),
        wrong,
    })?;
    let variables = template.variables().map(|name| variable(rpc, name)).collect::<Result<_, _>>()?;
    Ok(Route { http_method, variables, body: body(rpc, &rule.body)?, template, rpc: Arc::clone(rpc) })
}

fn address(rule: &HttpRule) -> Option<(Method, &str)> {
    match rule.pattern.as_ref()? {
        Pattern::Get(path) => Some((Method::GET, path)),
        Pattern::Put(path) => Some((Method::PUT, path)),
        Pattern::Post(path) => Some((Method::POST, path)),
        Pattern::Delete(path) => Some((Method::DELETE, path)),
        Pattern::Patch(path) => Some((Method::PATCH, path)),
        Pattern::Custom(custom) => Some((custom.kind.parse().ok()?, &custom.path)),
    }
}

fn variable(rpc: &Rpc, name: &str) -> Result<Vec<FieldDescriptor>, Error> {
    let wrong =
        |wrong: String| Error::Field { method: rpc.method.full_name().to_owned(), field: name.to_owned(), wrong };
    let way = field::resolve(&rpc.method.input(), name).map_err(wrong)?;
    match way.last() {
        Some(leaf) if !leaf.is_list() && leaf.kind().as_message().is_none() => Ok(way),
        _ => Err(wrong("a path can fill only a single scalar".to_owned())),
    }
}

fn body(rpc: &Rpc, name: &str) -> Result<Body, Error> {
    match name {
        "" => return Ok(Body::None),
        "*" => return Ok(Body::Whole),
        _ => {}
    }
    let field = rpc.method.input().get_field_by_name(name).ok_or_else(|| Error::Field {
        method: rpc.method.full_name().to_owned(),
        field: name.to_owned(),
        wrong: "there is no such field for the body".to_owned(),
    })?;
    let raw = field.kind().as_message().is_some_and(|message| message.full_name() == RAW_BODY) && !field.is_list();
    Ok(if raw { Body::Raw(field) } else { Body::Field(field) })
}

#[cfg(test)]
mod tests;
