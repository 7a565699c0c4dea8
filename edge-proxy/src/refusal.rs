//! Every error of the edge in its one form on the web: a `google.rpc.Status` in JSON, under the HTTP status that
//! `google.rpc.Code` documents. What a service said inside (its own words for its own faults) does not get out.

use std::{borrow::Cow, time::Duration};

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use usher::reason::{self, Reason, Refusal};

use crate::body::{self, Body};

/// When a caller may come back to a service that was out of reach.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A request that is not answered as it was asked.
#[derive(Debug)]
pub(crate) struct Refused {
    status: Status,
    /// Where HTTP has a better word than the code's own: 405, 408, 413, 415.
    http: Option<StatusCode>,
    /// The methods that the path has, for 405.
    allow: Option<HeaderValue>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { status: refusal.into(), http: None, allow: None }
    }
}

impl Refused {
    /// Refuses under an HTTP status of its own.
    pub(crate) fn http(http: StatusCode, message: impl Into<String>) -> Self {
        Self { http: Some(http), ..Refusal::new(Reason::InvalidArgument, message).into() }
    }

    /// The path has other methods.
    pub(crate) fn method(allow: &str) -> Self {
        let refused = Self::http(StatusCode::METHOD_NOT_ALLOWED, format!("this path takes {allow}"));
        Self { allow: HeaderValue::from_str(allow).ok(), ..refused }
    }

    /// A service's answer, or the transport's.
    pub(crate) fn from_service(status: Status) -> Self {
        if reason::of(&status).is_some() {
            return Self { status, http: None, allow: None };
        }
        let refusal = match status.code() {
            Code::Unavailable | Code::ResourceExhausted => unreachable(),
            // tonic's own timeout says CANCELLED.
            Code::DeadlineExceeded => late(),
            Code::Cancelled if !is_broken(&status) => late(),
            Code::Cancelled | Code::Unknown | Code::Internal if is_broken(&status) => unreachable(),
            Code::Unimplemented => Refusal::new(Reason::Unimplemented, "this is not available yet"),
            Code::InvalidArgument => Refusal::new(Reason::InvalidArgument, "the request is malformed: see /docs"),
            Code::Unauthenticated => Refusal::new(Reason::Unauthenticated, "the token was not accepted: sign in again"),
            Code::PermissionDenied => Refusal::new(Reason::Forbidden, "your account may not do this"),
            code => {
                tracing::error!(?code, message = status.message(), "a service answered outside of the contract");
                Refusal::new(Reason::Internal, "something went wrong on our side")
            }
        };
        refusal.into()
    }

    /// The edge is about to end.
    pub(crate) fn closing() -> Self {
        Refusal::unavailable("this stream ends for now: open it again", RETRY_AFTER).into()
    }

    /// The request's time was over.
    pub(crate) fn late() -> Self {
        late().into()
    }

    /// As gRPC says it.
    pub(crate) fn into_status(self) -> Status {
        self.status
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.http.unwrap_or_else(|| http_status(self.status.code()))
    }

    /// The `google.rpc.Status`.
    pub(crate) fn json(&self) -> Value {
        json!({"code": i32::from(self.status.code()), "message": self.status.message(), "details": self.details()})
    }

    /// The answer.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = body::json(self.status(), self.json().to_string().into());
        let headers = response.headers_mut();
        if let Some(delay) = self.retry_after() {
            // Whole seconds, and never zero: a client that comes back at once is what this should prevent.
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, allow);
        }
        response
    }

    fn retry_after(&self) -> Option<Duration> {
        self.status.get_details_retry_info().and_then(|info| info.retry_delay)
    }

    fn details(&self) -> Vec<Value> {
        let mut details = Vec::new();
        if let Some(info) = self.status.get_details_error_info() {
            let (reason, domain, metadata) = (info.reason, info.domain, info.metadata);
            details.push(detail("ErrorInfo", json!({"reason": reason, "domain": domain, "metadata": metadata})));
        }
        if let Some(bad) = self.status.get_details_bad_request() {
            let violations = bad.field_violations.into_iter();
            let violations: Vec<_> = violations
                .map(|violation| json!({"field": violation.field, "description": violation.description}))
                .collect();
            details.push(detail("BadRequest", json!({"field_violations": violations})));
        }
        if let Some(delay) = self.retry_after() {
            details.push(detail("RetryInfo", json!({"retry_delay": format!("{}s", delay.as_secs_f64())})));
        }
        details
    }
}

/// Whether the connection broke under the call. A service's own answer has no error behind it; tonic's timeout has
/// one, but no connection's.
fn is_broken(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if error.is::<hyper::Error>() || error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn unreachable() -> Refusal {
    Refusal::unavailable("a part of Usher can't be reached right now: try again", RETRY_AFTER)
}

fn late() -> Refusal {
    Refusal::new(Reason::DeadlineExceeded, "this took longer than it may; ask how it went before you send it again")
}

fn detail(name: &str, fields: Value) -> Value {
    let mut detail = json!({"@type": format!("type.googleapis.com/google.rpc.{name}")});
    if let (Some(detail), Value::Object(fields)) = (detail.as_object_mut(), fields) {
        detail.extend(fields);
    }
    detail
}

/// The HTTP status of a code, as `google/rpc/code.proto` documents it.
pub(crate) fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        // "Client Closed Request" has no name in the registry.
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the violations of a request make.
pub(crate) fn fields(violations: Vec<(String, String)>) -> Refused {
    Refusal::fields(violations).into()
}

/// A violation of one field.
pub(crate) fn field(name: impl Into<Cow<'static, str>>, wrong: impl Into<String>) -> Refused {
    Refusal::field(name.into().into_owned(), wrong).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_one_form() {
        let refused = Refused::from(Refusal::new(Reason::SeatTaken, "seat 7 is taken").with("ticket_id", 7));
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        let info = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SEAT_TAKEN", "domain": "usher",
            "metadata": {"ticket_id": "7"},
        });
        assert_eq!(refused.json(), json!({"code": 10, "message": "seat 7 is taken", "details": [info]}));
    }

    #[test]
    fn whoever_may_come_back_is_told_when() {
        let refused = Refused::from(Refusal::unavailable("busy", Duration::from_millis(500)));
        assert_eq!(refused.json()["details"][1]["retry_delay"], "0.5s");
        let response = refused.into_response();
        assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    }

    #[test]
    fn what_a_service_says_inside_stays_inside() {
        let leak = Status::internal("relation \"tickets\" does not exist");
        let told = Refused::from_service(leak).json().to_string();
        assert!(!told.contains("tickets") && told.contains("INTERNAL"), "{told}");
        let gone = Refused::from_service(Status::unavailable("tcp connect error 10.0.0.7"));
        assert_eq!(gone.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!gone.json().to_string().contains("10.0.0.7"));
    }
}
