//! OTLP over HTTP, by the same client and TLS as all else here.

use std::{error::Error, time::Duration};

use http::{Request, Response};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use tokio::runtime::Handle;

/// A client whose work is done by the runtime: exporters wait for it in threads of their own, outside of it.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl Client {
    /// One for the runtime that this is called in, whose requests each take at most `timeout`.
    pub(super) fn new(timeout: Duration) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { http: reqwest::Client::builder().timeout(timeout).build()?, runtime: Handle::try_current()? })
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, request) = (self.http.clone(), reqwest::Request::try_from(request)?);
        let sent = self.runtime.spawn(async move {
            let answer = http.execute(request).await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        });
        let (status, headers, body) = sent.await??;
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}
