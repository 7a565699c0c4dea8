//! The two accounts that a demonstration mesh comes with.

use diesel::{QueryableByName, sql_query, sql_types::{BigInt, Text}};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use usher::contract::account::{SignUpRequest, account_service_client::AccountServiceClient};

use crate::{error::Error, ready::Login};

/// How long account-svc may take: it hashes slowly on purpose.
const ANSWER_MAX: std::time::Duration = std::time::Duration::from_secs(15);

/// The customer.
pub(crate) fn customer() -> Login {
    Login { email: "customer@usher.example".into(), password: "usher-demo-1".into() }
}

/// The admin.
pub(crate) fn admin() -> Login {
    Login { email: "admin@usher.example".into(), password: "usher-admin-1".into() }
}

/// Makes both accounts, unless they are there.
pub(crate) async fn make(account_url: &str, conn: &mut AsyncPgConnection) -> Result<(), Error> {
    sign_up(account_url, conn, "Casey Customer", &customer()).await?;
    sign_up(account_url, conn, "Alex Admin", &admin()).await?;
    // No RPC makes admins: whoever has the database decides.
    let promote = sql_query("UPDATE users SET role = 'ADMIN' WHERE email = $1 AND role <> 'ADMIN'");
    let promote = promote.bind::<Text, _>(admin().email);
    promote.execute(conn).await.map_err(|error| failed(error.to_string()))?;
    Ok(())
}

async fn sign_up(account_url: &str, conn: &mut AsyncPgConnection, name: &str, login: &Login) -> Result<(), Error> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let count = sql_query("SELECT count(*) AS count FROM users WHERE email = $1").bind::<Text, _>(&login.email);
    let found: Count = count.get_result(conn).await.map_err(|error| failed(error.to_string()))?;
    if found.count > 0 {
        return Ok(());
    }
    let channel = usher::channel::lazy(account_url).map_err(|error| failed(error.to_string()))?;
    let mut request = tonic::Request::new(SignUpRequest {
        user_name: name.to_owned(),
        email: login.email.clone(),
        password: login.password.clone(),
        ..SignUpRequest::default()
    });
    request.set_timeout(ANSWER_MAX);
    let answer = AccountServiceClient::new(channel).sign_up(request).await;
    answer.map(drop).map_err(|status| failed(status.to_string()))
}

fn failed(why: String) -> Error {
    Error::Call { doing: "make the demo accounts".into(), why }
}
