//! One way to reach an RPC over REST, read off its annotation. What the annotation says that can't be is told with the
//! method's name.

use std::{cmp::Ordering, sync::Arc};

use http::Method;
use prost_reflect::FieldDescriptor;
use usher::contract::{
    access::Access,
    api::{HttpRule, http_rule::Pattern},
};

#[cfg(test)]
use crate::descriptors::Descriptors;
use crate::transcode::field;

use super::{Error, Rpc, template::Template};

/// A message of this type is an HTTP body as it comes: a request or its field, an answer or its field.
const RAW_BODY: &str = "google.api.HttpBody";
/// The kind of a custom pattern that leaves the method open.
const ANY_METHOD: &str = "*";

/// What becomes of an HTTP body.
#[derive(Debug)]
pub(crate) enum Body {
    /// It is not read.
    None,
    /// Its JSON is the request.
    Whole,
    /// Its JSON is this field of the request.
    Field(FieldDescriptor),
    /// Its bytes go into this field, a `google.api.HttpBody`, as they come; without one the request is an `HttpBody`.
    Raw(Option<FieldDescriptor>),
}

/// What of the RPC's answer becomes the body.
#[derive(Debug)]
pub(crate) enum Answer {
    /// All of it, as JSON.
    Whole,
    /// This field's JSON.
    Field(FieldDescriptor),
    /// The bytes of a `google.api.HttpBody`: of this field, or of the answer itself.
    Raw(Option<FieldDescriptor>),
}

/// A variable of a path.
#[derive(Debug)]
pub(crate) struct Variable {
    /// The way to the field that it fills.
    pub(crate) way: Vec<FieldDescriptor>,
    /// Whether it spans more than one segment: slashes are then part of it, and encoded ones stay encoded.
    pub(crate) spans: bool,
}

/// One way to reach an RPC over REST.
#[derive(Debug)]
pub struct Route {
    /// `None` is any.
    http_method: Option<Method>,
    pub(crate) template: Template,
    /// In the template's order.
    pub(crate) variables: Vec<Variable>,
    pub(crate) body: Body,
    pub(crate) answer: Answer,
    pub(crate) rpc: Arc<Rpc>,
}

impl Route {
    /// The HTTP method; `*` is any.
    #[must_use]
    pub fn http_method(&self) -> &str {
        self.http_method.as_ref().map_or(ANY_METHOD, Method::as_str)
    }

    /// The path template, with nothing but names in its braces: `/v1/event/{event_id}`.
    #[must_use]
    pub fn path(&self) -> String {
        self.template.plain()
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
    pub(crate) fn make(contract: &Descriptors, name: &str, rule: &HttpRule) -> Result<Self, Error> {
        let method = contract.methods().find(|method| method.name() == name).unwrap();
        route(&Arc::new(super::rpc(contract, method)?), rule)
    }

    /// Whether `method` may be sent there.
    pub(super) fn takes(&self, method: &Method) -> bool {
        self.http_method.as_ref().is_none_or(|own| own == method)
    }

    /// Among routes of one template: what names its method before what takes any.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let any = self.http_method.is_none().cmp(&other.http_method.is_none());
        self.template.precedence(&other.template).then(any)
    }

    /// Whether the answer is a body of its own kind, and no JSON.
    pub(crate) const fn is_answered_raw(&self) -> bool {
        matches!(self.answer, Answer::Raw(_))
    }

    /// Whether the body goes through untouched. Its sender proves itself by a signature, not by a token.
    pub(crate) const fn is_raw(&self) -> bool {
        matches!(self.body, Body::Raw(_))
    }
}

/// Whether both would have the same right to some request.
pub(super) fn fights(one: &Route, two: &Route) -> bool {
    one.http_method == two.http_method && one.template.same_shape(&two.template)
}

/// An annotation that says something that the edge can't do.
pub(super) fn unsupported(rpc: &Rpc, what: &'static str) -> Error {
    Error::Unsupported { method: rpc.method.full_name().to_owned(), what }
}

/// The route that `rule` makes to `rpc`.
pub(super) fn route(rpc: &Arc<Rpc>, rule: &HttpRule) -> Result<Route, Error> {
    let (http_method, path) = address(rule).ok_or_else(|| unsupported(rpc, "an annotation without a path"))?;
    let template = Template::parse(path).map_err(|wrong| Error::Template {
        method: rpc.method.full_name().to_owned(),
        template: path.to_owned(),
        wrong,
    })?;
    let variable = |(name, spans)| Ok::<_, Error>(Variable { way: way(rpc, name)?, spans });
    let variables = template.variables().map(variable).collect::<Result<_, _>>()?;
    let (body, answer) = (body(rpc, &rule.body)?, answer(rpc, &rule.response_body)?);
    if rpc.method.is_server_streaming() && matches!(answer, Answer::Raw(_)) {
        return Err(unsupported(rpc, "a REST path for a stream of raw bodies"));
    }
    Ok(Route { http_method, template, variables, body, answer, rpc: Arc::clone(rpc) })
}

fn address(rule: &HttpRule) -> Option<(Option<Method>, &str)> {
    let (method, path) = match rule.pattern.as_ref()? {
        Pattern::Get(path) => (Method::GET, path),
        Pattern::Put(path) => (Method::PUT, path),
        Pattern::Post(path) => (Method::POST, path),
        Pattern::Delete(path) => (Method::DELETE, path),
        Pattern::Patch(path) => (Method::PATCH, path),
        Pattern::Custom(custom) if custom.kind == ANY_METHOD => return Some((None, &custom.path)),
        Pattern::Custom(custom) => (custom.kind.parse().ok()?, &custom.path),
    };
    Some((Some(method), path))
}

fn way(rpc: &Rpc, name: &str) -> Result<Vec<FieldDescriptor>, Error> {
    let wrong = |wrong: String| misnamed(rpc, name, wrong);
    let way = field::resolve(&rpc.method.input(), name).map_err(wrong)?;
    match way.last() {
        Some(leaf) if !leaf.is_list() && leaf.kind().as_message().is_none() => Ok(way),
        _ => Err(wrong("a path can fill only a single scalar".to_owned())),
    }
}

fn body(rpc: &Rpc, name: &str) -> Result<Body, Error> {
    let request = rpc.method.input();
    match name {
        "" => return Ok(Body::None),
        "*" if request.full_name() == RAW_BODY => return Ok(Body::Raw(None)),
        "*" => return Ok(Body::Whole),
        _ => {}
    }
    let field = request.get_field_by_name(name);
    let field = field.ok_or_else(|| misnamed(rpc, name, "there is no such field for the body"))?;
    Ok(if is_raw(&field) { Body::Raw(Some(field)) } else { Body::Field(field) })
}

fn answer(rpc: &Rpc, name: &str) -> Result<Answer, Error> {
    let answer = rpc.method.output();
    match name {
        "" if answer.full_name() == RAW_BODY => return Ok(Answer::Raw(None)),
        "" => return Ok(Answer::Whole),
        _ => {}
    }
    let field = answer.get_field_by_name(name);
    let field = field.ok_or_else(|| misnamed(rpc, name, "the answer has no such field"))?;
    Ok(if is_raw(&field) { Answer::Raw(Some(field)) } else { Answer::Field(field) })
}

fn is_raw(field: &FieldDescriptor) -> bool {
    !field.is_list() && field.kind().as_message().is_some_and(|message| message.full_name() == RAW_BODY)
}

fn misnamed(rpc: &Rpc, field: &str, wrong: impl Into<String>) -> Error {
    Error::Field { method: rpc.method.full_name().to_owned(), field: field.to_owned(), wrong: wrong.into() }
}
