//! Follows which sessions other processes of account-svc ended, for the tokens that are shown to this one.

use std::time::Duration;

use tokio::time::sleep;
use usher::{database::Database, identity::Keys};

use crate::store::sessions;

/// How often the database is asked.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// Asks for ever.
pub async fn follow(keys: Keys, database: Database, token_ttl_seconds: u32) {
    let within_seconds = i32::try_from(token_ttl_seconds).unwrap_or(i32::MAX);
    let mut told = None;
    loop {
        let read = database.read_primary(|conn| Box::pin(sessions::ended_sessions(conn, told, within_seconds)));
        match read.await {
            Ok((ended, cursor)) => {
                keys.end(ended, token_ttl_seconds);
                told = Some(cursor);
            }
            Err(error) => tracing::debug!(%error, "can't follow which sessions end"),
        }
        sleep(ASKED_EVERY).await;
    }
}
