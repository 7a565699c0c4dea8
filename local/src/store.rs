//! The launcher's own few looks into Usher's database.

use chrono::NaiveDate;
use diesel::{
    dsl::{date, exists, now},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::schema::users;

/// The database's date; its sessions here are in UTC.
pub(crate) async fn today(conn: &mut AsyncPgConnection) -> QueryResult<NaiveDate> {
    diesel::select(date(now)).get_result(conn).await
}

/// Whether somebody signed up with that address.
pub(crate) async fn has_account(conn: &mut AsyncPgConnection, email: &str) -> QueryResult<bool> {
    diesel::select(exists(users::table.filter(users::email.eq(email)))).get_result(conn).await
}

/// Lets an account do everything.
pub(crate) async fn make_admin(conn: &mut AsyncPgConnection, email: &str) -> QueryResult<()> {
    let account = users::table.filter(users::email.eq(email));
    diesel::update(account).set(users::role.eq("ADMIN")).execute(conn).await?;
    Ok(())
}
