//! What the edge answered, and what a test expects of it.

use serde_json::Value;

/// An answer of the edge, or of another HTTP server.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, byte for byte.
    pub bytes: Vec<u8>,
    /// The body; null where it is no JSON.
    pub body: Value,
    /// What was asked, for messages.
    asked: String,
}

impl Answer {
    /// Reads a response.
    pub async fn read(asked: String, response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        Self { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default(), bytes, asked }
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}: {:#}", self.asked, self.body);
        self.body
    }

    /// The reason of a refusal, `"OK"` for a success: what a race counts.
    pub fn reason(&self) -> &str {
        if self.status == 200 { "OK" } else { self.info("reason").as_str().unwrap_or("none") }
    }

    /// Expects a refusal, in the one form that all refusals have.
    #[track_caller]
    pub fn refused(self, status: u16, reason: &str) -> Self {
        assert_eq!((self.status, self.reason()), (status, reason), "{}: {:#}", self.asked, self.body);
        assert_eq!(*self.info("domain"), "usher", "{}: {:#}", self.asked, self.body);
        let code = self.body["code"].as_i64().unwrap();
        assert!((1..=16).contains(&code), "{}: code {code}", self.asked);
        assert!(self.body["message"].as_str().is_some_and(|said| said.len() > 10), "{}: {:#}", self.asked, self.body);
        self
    }

    /// Expects that the refusal names `field` as wrong.
    #[track_caller]
    pub fn naming(self, field: &str) -> Self {
        let details = self.body["details"].as_array().unwrap();
        let bad = details.iter().find(|detail| detail["@type"] == "type.googleapis.com/google.rpc.BadRequest");
        let violations = bad.and_then(|bad| bad["field_violations"].as_array());
        let fields: Vec<_> = violations.into_iter().flatten().map(|violation| violation["field"].clone()).collect();
        assert!(fields.contains(&Value::from(field)), "{}: {field} is not among {fields:?}", self.asked);
        self
    }

    /// What the refusal says under `key` of its metadata.
    pub fn metadata(&self, key: &str) -> &str {
        self.info("metadata")[key].as_str().unwrap_or_default()
    }

    fn info(&self, key: &str) -> &Value {
        let details = self.body["details"].as_array().map(Vec::as_slice).unwrap_or_default();
        let info = details.iter().find(|detail| detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo");
        info.map_or(&Value::Null, |info| &info[key])
    }
}
