//! Who of several booking-svc processes leads.

use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Error;

/// The advisory lock of the reconciler: "reconcil" in ASCII.
const RECONCILER: i64 = 0x7265_636f_6e63_696c;

diesel::define_sql_function! {
    /// Takes an advisory lock until the transaction ends, or answers false at once.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}

/// Whether this process leads until its transaction ends: none of the others does so meanwhile. The lock is the
/// transaction's and not the session's, so that it ends with whoever holds it, also behind a pooler.
pub async fn try_lead(conn: &mut AsyncPgConnection) -> Result<bool, Error> {
    Ok(diesel::select(pg_try_advisory_xact_lock(RECONCILER)).get_result(conn).await?)
}
