//! The two accounts that a demonstration mesh comes with.

use diesel_async::AsyncPgConnection;
use usher::contract::account::{SignUpRequest, account_service_client::AccountServiceClient};

use crate::{error::Error, ready::Login, store};

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
    store::make_admin(conn, &admin().email).await.map_err(|error| failed(error.to_string()))?;
    Ok(())
}

async fn sign_up(account_url: &str, conn: &mut AsyncPgConnection, name: &str, login: &Login) -> Result<(), Error> {
    if store::has_account(conn, &login.email).await.map_err(|error| failed(error.to_string()))? {
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
