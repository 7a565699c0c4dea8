//! The schema's migrations, carried in the program.

use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::{Error, Fault};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
/// The advisory lock that makes two migrating processes take turns: "usher" in ASCII.
const LOCK: i64 = 0x75_73_68_65_72;

/// Brings the schema of the database at `database_url` up to date. Safe to run twice and at once. Needs tokio's
/// multi-threaded runtime.
pub async fn migrate(database_url: &str) -> Result<(), Error> {
    let establish = AsyncPgConnection::establish(database_url).await;
    let mut conn = establish.map_err(|error| Error::new(Fault::Unavailable, error))?;
    // diesel's builder has no advisory locks. The lock ends with the connection.
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(&mut conn)
        .await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let applied = harness.run_pending_migrations(MIGRATIONS).map_err(|error| Error::new(Fault::Other, error))?;
    tracing::info!(applied = applied.len(), "the schema is up to date");
    Ok(())
}
