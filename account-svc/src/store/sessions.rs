//! The tables `sessions` and `refresh_tokens`, which account-svc owns. Times are the database's.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{IntervalDsl as _, now},
    prelude::*,
    sql_types::Timestamptz,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::{refresh_tokens, sessions};
use uuid::Uuid;

use crate::{
    error::Error,
    refresh_token::{Known, Seed},
};

diesel::define_sql_function! {
    /// The smaller of two times.
    #[sql_name = "least"]
    fn earlier(one: Timestamptz, other: Timestamptz) -> Timestamptz;
}
diesel::define_sql_function! {
    /// The time now, though the transaction began before.
    fn clock_timestamp() -> Timestamptz;
}

/// So many sessions that are long over are deleted by each that begins.
const DELETED_MAX: i64 = 20;
/// How long an ended session is kept, in days: longer than any auth token lives.
const ENDED_KEPT_DAYS: i32 = 2;
/// The most sessions that one answer tells to have ended.
const TOLD_MAX: i64 = 10_000;
/// A session may be told to have ended so long after it did, in seconds: its transaction was under way. Twice as long as
/// a statement may take by default.
const TOLD_LATE_SECONDS: i32 = 10;

/// A session to be.
#[derive(Clone)]
pub struct NewSession {
    pub session_id: Uuid,
    pub user_id: i64,
    pub seed: Seed,
    /// Of its first refresh token.
    pub token_hash: Vec<u8>,
    pub lifetimes: Lifetimes,
}

/// How long things last, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A refresh token that nobody uses.
    pub refresh_token: i32,
    /// A session, however often it is refreshed.
    pub session: i32,
}

/// A refresh token that came, and its session. Both rows are locked.
pub struct Found {
    pub session_id: Uuid,
    pub user_id: i64,
    pub seed: Vec<u8>,
    pub known: Known,
    /// The time now.
    pub now: DateTime<Utc>,
}

/// Begins a session; answers when its refresh token expires.
pub async fn insert_session(conn: &mut AsyncPgConnection, new: &NewSession) -> Result<DateTime<Utc>, Error> {
    delete_past_sessions(conn).await?;
    let session = (
        sessions::session_id.eq(new.session_id),
        sessions::user_id.eq(new.user_id),
        sessions::seed.eq(new.seed.as_slice()),
        sessions::expires_at.eq(now.into_sql::<Timestamptz>() + new.lifetimes.session.seconds()),
    );
    diesel::insert_into(sessions::table).values(session).execute(conn).await?;
    insert_token(conn, new.session_id, &new.token_hash, new.lifetimes).await
}

/// Adds the token that is good from now on; answers when it expires: never after its session.
pub async fn insert_token(
    conn: &mut AsyncPgConnection,
    session_id: Uuid,
    token_hash: &[u8],
    lifetimes: Lifetimes,
) -> Result<DateTime<Utc>, Error> {
    let unused = now.into_sql::<Timestamptz>() + lifetimes.refresh_token.seconds();
    let expires_at = sessions::table.find(session_id).select(earlier(unused, sessions::expires_at));
    let expires_at: DateTime<Utc> = expires_at.first(conn).await?;
    let token = (
        refresh_tokens::token_hash.eq(token_hash),
        refresh_tokens::session_id.eq(session_id),
        refresh_tokens::expires_at.eq(expires_at),
    );
    diesel::insert_into(refresh_tokens::table).values(token).execute(conn).await?;
    Ok(expires_at)
}

/// Finds a refresh token by its hash, and locks it and its session: of two who send the same, one comes second.
pub async fn lock_token(conn: &mut AsyncPgConnection, token_hash: &[u8]) -> Result<Option<Found>, Error> {
    type Row = (Uuid, i64, Vec<u8>, Option<DateTime<Utc>>, Option<DateTime<Utc>>, DateTime<Utc>);
    let row = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select((
            sessions::session_id,
            sessions::user_id,
            sessions::seed,
            sessions::ended_at,
            refresh_tokens::used_at,
            refresh_tokens::expires_at,
        ))
        .for_update()
        .first::<Row>(conn)
        .await
        .optional()?;
    let Some((session_id, user_id, seed, ended_at, used_at, expires_at)) = row else { return Ok(None) };
    // After the wait for the lock: the transaction's own time is from before it.
    let time: DateTime<Utc> = diesel::select(clock_timestamp()).first(conn).await?;
    let known = Known { used_at, expires_at, has_ended: ended_at.is_some() };
    Ok(Some(Found { session_id, user_id, seed, known, now: time }))
}

/// Notes that a token was exchanged for the next one, and forgets those of its session that are long past.
pub async fn mark_used(conn: &mut AsyncPgConnection, session_id: Uuid, token_hash: &[u8]) -> Result<(), Error> {
    let token = refresh_tokens::table.find(token_hash);
    diesel::update(token).set(refresh_tokens::used_at.eq(clock_timestamp().nullable())).execute(conn).await?;
    let past = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session_id))
        .filter(refresh_tokens::expires_at.lt(now));
    diesel::delete(past).execute(conn).await?;
    Ok(())
}

/// When that token expires.
pub async fn token_expiry(conn: &mut AsyncPgConnection, token_hash: &[u8]) -> Result<Option<DateTime<Utc>>, Error> {
    let token = refresh_tokens::table.find(token_hash).select(refresh_tokens::expires_at);
    Ok(token.first(conn).await.optional()?)
}

/// Ends a session.
pub async fn end_session(conn: &mut AsyncPgConnection, session_id: Uuid) -> Result<Vec<Uuid>, Error> {
    end(conn, sessions::session_id.eq(session_id)).await
}

/// Ends all sessions of a user.
pub async fn end_sessions_of(conn: &mut AsyncPgConnection, user_id: i64) -> Result<Vec<Uuid>, Error> {
    end(conn, sessions::user_id.eq(user_id)).await
}

async fn end<P>(conn: &mut AsyncPgConnection, which: P) -> Result<Vec<Uuid>, Error>
where
    P: Expression<SqlType = diesel::sql_types::Bool>
        + diesel::expression::NonAggregate
        + diesel::query_builder::QueryFragment<diesel::pg::Pg>
        + diesel::query_builder::QueryId
        + AppearsOnTable<sessions::table>
        + Send
        + 'static,
{
    let kept = now.into_sql::<Timestamptz>() + ENDED_KEPT_DAYS.days();
    let ended = (sessions::ended_at.eq(now.into_sql::<Timestamptz>().nullable()), sessions::expires_at.eq(kept));
    let running = sessions::table.filter(which).filter(sessions::ended_at.is_null());
    Ok(diesel::update(running).set(ended).returning(sessions::session_id).get_results(conn).await?)
}

/// How far somebody was told which sessions have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub ended_at: DateTime<Utc>,
    pub session_id: Uuid,
}

/// The sessions that ended after `after`, or within so many seconds; and how far that goes.
pub async fn ended_sessions(
    conn: &mut AsyncPgConnection,
    after: Option<Cursor>,
    within_seconds: i32,
) -> Result<(Vec<Uuid>, Cursor), Error> {
    // Read first: what ends while the others are read is after it, and will be told next time.
    let told_all: DateTime<Utc> =
        diesel::select(now.into_sql::<Timestamptz>() - TOLD_LATE_SECONDS.seconds()).first(conn).await?;
    let within = now.into_sql::<Timestamptz>() - within_seconds.seconds();
    let mut ended = sessions::table
        .filter(sessions::ended_at.gt(within.nullable()))
        .select((sessions::session_id, sessions::ended_at.assume_not_null()))
        .order((sessions::ended_at, sessions::session_id))
        .limit(TOLD_MAX)
        .into_boxed();
    if let Some(Cursor { ended_at, session_id }) = after {
        let at_once = sessions::ended_at.eq(ended_at).and(sessions::session_id.gt(session_id));
        ended = ended.filter(sessions::ended_at.gt(ended_at).or(at_once));
    }
    let ended: Vec<(Uuid, DateTime<Utc>)> = ended.load(conn).await?;
    let cursor = match ended.last() {
        Some(&(session_id, ended_at)) if ended.len() >= usize::try_from(TOLD_MAX).unwrap_or(usize::MAX) => {
            Cursor { ended_at, session_id }
        }
        _ => Cursor { ended_at: told_all, session_id: Uuid::nil() },
    };
    Ok((ended.into_iter().map(|(session_id, _)| session_id).collect(), cursor))
}

/// Deletes some of the sessions that are long over, and their tokens. None that somebody else is deleting: nobody waits,
/// and no job is needed.
async fn delete_past_sessions(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let past = sessions::table
        .filter(sessions::expires_at.lt(now))
        .select(sessions::session_id)
        .order(sessions::expires_at)
        .limit(DELETED_MAX)
        .for_update()
        .skip_locked();
    let past: Vec<Uuid> = past.load(conn).await?;
    if !past.is_empty() {
        diesel::delete(sessions::table.filter(sessions::session_id.eq_any(past))).execute(conn).await?;
    }
    Ok(())
}
