//! The table `identities`, which account-svc owns: who signs in by way of an identity provider.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::identities;

use crate::error::Error;

/// The account of the provider's user, if it has one.
pub async fn find_user(conn: &mut AsyncPgConnection, issuer: &str, subject: &str) -> Result<Option<i64>, Error> {
    let known = identities::table.find((issuer, subject)).select(identities::user_id);
    Ok(known.first(conn).await.optional()?)
}

/// Lets the provider's user sign in to that account.
pub async fn link(conn: &mut AsyncPgConnection, issuer: &str, subject: &str, user_id: i64) -> Result<(), Error> {
    let link = (identities::issuer.eq(issuer), identities::subject.eq(subject), identities::user_id.eq(user_id));
    diesel::insert_into(identities::table).values(link).execute(conn).await?;
    Ok(())
}
