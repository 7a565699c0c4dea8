//! What the database does for a request, as a span of its own: from the wait for a connection to the last answer.

use super::{Error, Fault, Faulty};
use crate::trace::{Kind, Span};

/// Does `work`, which is an `operation` on the pool named `pool`.
pub(super) async fn work<T, E, W>(operation: &'static str, pool: &'static str, work: W) -> Result<T, E>
where
    E: From<Error> + Faulty,
    W: Future<Output = Result<T, E>>,
{
    let span = Span::child(Kind::Client, || operation.into());
    if !span.is_recorded() {
        return work.await;
    }
    span.set("db.system.name", "postgresql");
    span.set("db.operation.name", operation);
    span.set("db.client.connection.pool.name", pool);
    let done = span.around(work).await;
    match done.as_ref().err().and_then(Faulty::fault) {
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
