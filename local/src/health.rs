//! Waits until servers serve. Every wait has an end, and says what the last check saw.

use std::{path::Path, time::Duration};

use tokio::time::{Instant, sleep};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::error::Error;

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long one check may take.
const CHECK_MAX: Duration = Duration::from_secs(3);

/// Waits until `check` says that `name` serves, at most `max`.
pub(crate) async fn until(
    name: &str,
    log: &Path,
    max: Duration,
    check: impl AsyncFn() -> Result<(), String>,
) -> Result<(), Error> {
    let deadline = Instant::now() + max;
    loop {
        let Err(last) = check().await else { return Ok(()) };
        if Instant::now() >= deadline {
            return Err(Error::NotUp { name: name.to_owned(), seconds: max.as_secs(), last, log: log.to_owned() });
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Whether the gRPC server at `url` is SERVING, by its standard health service.
pub(crate) async fn grpc(url: &str) -> Result<(), String> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|error| error.to_string())?;
    let check = async {
        let channel = endpoint.connect().await.map_err(|error| error.to_string())?;
        let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        answer.map(|answer| answer.into_inner().status()).map_err(|status| status.to_string())
    };
    match tokio::time::timeout(CHECK_MAX, check).await {
        Ok(Ok(ServingStatus::Serving)) => Ok(()),
        Ok(Ok(status)) => Err(status.as_str_name().to_owned()),
        Ok(Err(why)) => Err(why),
        Err(_) => Err("no answer".into()),
    }
}

/// Whether `url` answers 200.
pub(crate) async fn http(client: &reqwest::Client, url: &str) -> Result<(), String> {
    let answer = client.get(url).timeout(CHECK_MAX).send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("{} {}", answer.status(), answer.text().await.unwrap_or_default()))
}
