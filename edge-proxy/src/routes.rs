//! The REST surface: which method and path is which RPC. Derived from the contract's annotations at start; nothing
//! here is written by hand, and what does not fit together is refused before the first request.

mod route;
mod rpc;
mod template;

pub use route::Route;
pub(crate) use route::{Answer, Body, Variable};
pub(crate) use rpc::Rpc;
#[cfg(any(test, fuzzing))]
pub(crate) use template::Template;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use http::Method;

use crate::descriptors::{self, Descriptors};
use route::{fights, route, unsupported};
use rpc::rpc;

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
    /// Those without a variable, by their paths: nothing is more exact.
    plain: HashMap<String, Vec<Arc<Route>>>,
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
            // As http.proto has it.
            if rule.additional_bindings.iter().any(|binding| !binding.additional_bindings.is_empty()) {
                return Err(unsupported(&rpc, "an additional binding inside another"));
            }
            for binding in std::iter::once(&rule).chain(&rule.additional_bindings) {
                let route = route(&rpc, binding)?;
                if let Some(other) = routes.iter().find(|other| fights(other, &route)) {
                    return Err(Error::Conflict {
                        one: other.rpc().to_owned(),
                        two: route.rpc().to_owned(),
                        address: format!("{} {}", route.http_method(), route.template),
                    });
                }
                routes.push(Arc::new(route));
            }
        }
        routes.sort_by(|one, two| one.precedence(two));
        let mut plain = HashMap::<_, Vec<_>>::new();
        for route in routes.iter().filter(|route| route.template.is_plain()) {
            plain.entry(route.template.to_string()).or_default().push(Arc::clone(route));
        }
        Ok(Self { routes, plain, rpcs })
    }

    /// Every route.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().map(AsRef::as_ref)
    }

    /// The RPC at a gRPC path.
    pub(crate) fn rpc(&self, path: &str) -> Option<&Arc<Rpc>> {
        self.rpcs.get(path)
    }

    /// What `method` and `path` (raw, without its query) lead to. A HEAD is a GET whose body nobody reads, unless it has a
    /// route of its own.
    pub(crate) fn find<'p>(&self, method: &Method, path: &'p str) -> Found<'_, 'p> {
        let plain = self.plain.get(path).and_then(|routes| routes.iter().find(|route| route.takes(method)));
        if let Some(route) = plain {
            return Found::Route(route, Vec::new());
        }
        let mut others = BTreeSet::new();
        let mut get = None;
        for route in &self.routes {
            let Some(variables) = route.template.matches(path) else { continue };
            if route.takes(method) {
                return Found::Route(route, variables);
            }
            others.insert(route.http_method());
            if route.takes(&Method::GET) {
                others.insert(Method::HEAD.as_str());
                get.get_or_insert((route, variables));
            }
        }
        match get {
            Some((route, variables)) if method == Method::HEAD => Found::Route(route, variables),
            _ if others.is_empty() => Found::Nothing,
            _ => Found::OtherMethod(others),
        }
    }
}

#[cfg(test)]
mod tests;
