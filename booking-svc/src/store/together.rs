//! What the writes of batches have in common: one statement that writes several tables, right before a `COMMIT` that does
//! not wait for it.
//!
//! Two guards are part of each. INVARIANT I1: it writes nothing outside of the transaction that locked its rows. Their
//! locks gave that one its number (`pg_current_xact_id_if_assigned`); a statement on its own, of a session that had not
//! prepared it yet, has none when it begins. And it counts what it wrote: where a locked row is missing it divides by
//! zero, which fails the statement and with it the transaction.

use usher::database;

use crate::error::Error;

/// What the statement answers where all of it was written.
const WRITTEN: i32 = 1;

/// Takes the statement's answer.
pub fn expect_all(answer: i32) -> Result<(), Error> {
    match answer {
        WRITTEN => Ok(()),
        _ => Err(database::Error::lost_race("the rows are locked no longer").into()),
    }
}

/// Ids as PostgreSQL writes an array: lists of different lengths travel as texts, because its arrays of arrays are
/// rectangles.
pub fn list(ids: &[i64]) -> String {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
