//! The table `users`, which account-svc owns.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher::{contract::account::Role, database, schema::users};

use crate::{
    account::{self, Account},
    error::Error,
};

/// PostgreSQL's name for the constraint that one address is one account.
const EMAIL_UNIQUE: &str = "users_email_key";

/// An account to be.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = users)]
pub struct NewUser {
    pub user_name: String,
    pub email: String,
    pub password_hash: String,
    pub gender: String,
    pub address: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    user_id: i64,
    user_name: String,
    email: String,
    gender: String,
    address: String,
    role: String,
}

/// What a log-in needs of an account.
pub struct Credentials {
    pub user_id: i64,
    pub role: Role,
    pub password_hash: String,
}

/// Adds an account; answers its id and role.
pub async fn insert_user(conn: &mut AsyncPgConnection, new: &NewUser) -> Result<(i64, Role), Error> {
    let inserted = diesel::insert_into(users::table)
        .values(new)
        .returning((users::user_id, users::role))
        .get_result::<(i64, String)>(conn)
        .await;
    let (user_id, role) = inserted.map_err(taken)?;
    Ok((user_id, known_role(user_id, &role)?))
}

/// What the account of this address logs in with, if there is one.
pub async fn find_credentials(conn: &mut AsyncPgConnection, email: &str) -> Result<Option<Credentials>, Error> {
    let found = users::table
        .filter(users::email.eq(email))
        .select((users::user_id, users::role, users::password_hash))
        .first::<(i64, String, String)>(conn)
        .await
        .optional()?;
    let credentials = |(user_id, role, password_hash): (i64, String, String)| {
        Ok(Credentials { user_id, role: known_role(user_id, &role)?, password_hash })
    };
    found.map(credentials).transpose()
}

/// What the user may do now; `None` where there is no such user.
pub async fn find_role(conn: &mut AsyncPgConnection, user_id: i64) -> Result<Option<Role>, Error> {
    let role: Option<String> = users::table.find(user_id).select(users::role).first(conn).await.optional()?;
    role.map(|role| known_role(user_id, &role)).transpose()
}

/// Keeps another hash of the same password, unless the password was changed meanwhile.
pub async fn replace_password_hash(
    conn: &mut AsyncPgConnection,
    user_id: i64,
    old: &str,
    new: &str,
) -> Result<(), Error> {
    let target = users::table.find(user_id).filter(users::password_hash.eq(old));
    diesel::update(target).set(users::password_hash.eq(new)).execute(conn).await?;
    Ok(())
}

/// Gives the user another role.
pub async fn set_role(conn: &mut AsyncPgConnection, user_id: i64, role: Role) -> Result<(), Error> {
    let target = users::table.find(user_id);
    diesel::update(target).set(users::role.eq(role.as_str_name())).execute(conn).await?;
    Ok(())
}

/// The account, if there is one.
pub async fn find_account(conn: &mut AsyncPgConnection, user_id: i64) -> Result<Option<Account>, Error> {
    let row = users::table.find(user_id).select(UserRow::as_select()).first(conn).await.optional()?;
    row.map(account).transpose()
}

fn account(row: UserRow) -> Result<Account, Error> {
    Ok(Account {
        role: known_role(row.user_id, &row.role)?,
        user_id: row.user_id,
        user_name: row.user_name,
        email: row.email,
        gender: row.gender,
        address: row.address,
    })
}

fn known_role(user_id: i64, word: &str) -> Result<Role, Error> {
    account::role(word).ok_or_else(|| Error::Defect(format!("user {user_id} has the unknown role {word}")))
}

fn taken(error: diesel::result::Error) -> Error {
    let error = database::Error::from(error);
    match error.constraint() {
        Some(EMAIL_UNIQUE) => Error::EmailTaken,
        _ => error.into(),
    }
}
