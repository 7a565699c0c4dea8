//! What the database does for a request, as a span of its own: from the wait for a connection to the last answer.

use super::{Fault, Faulty};
use crate::trace::{Kind, Span};

/// The span of an `operation` on the pool named `pool`.
pub(super) fn begin(operation: &'static str, pool: &'static str) -> Span {
    let span = Span::child(Kind::Client, || operation.into());
    if span.is_recorded() {
        span.set("db.system.name", "postgresql");
        span.set("db.operation.name", operation);
        span.set("db.client.connection.pool.name", pool);
    }
    span
}

/// Ends it with what came of it.
pub(super) fn end<T, E: Faulty>(span: &Span, done: Result<T, E>) -> Result<T, E> {
    if !span.is_recorded() {
        return done;
    }
    match done.as_ref().err().and_then(Faulty::fault) {
        // What the caller asked for was not there, or there already.
        None | Some(Fault::NotFound | Fault::Unique) => {}
        Some(fault) => {
            let fault = format!("{fault:?}");
            span.set("error.type", fault.clone());
            span.fail(fault);
        }
    }
    span.end();
    done
}
