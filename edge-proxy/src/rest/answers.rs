//! What services answer, in the forms of the web. Ten thousand who look at one event get the same bytes: what they are in
//! JSON is found out once and remembered, in bounded memory. Only for what everybody may see.

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::uri::PathAndQuery;
use moka::sync::Cache;
use prost_reflect::DynamicMessage;
use usher::reason::{Reason, Refusal};

use crate::{
    refusal::Refused,
    routes::{Answer, Route, Rpc},
    transcode,
};

/// How much is remembered, in bytes of answers in both forms.
const REMEMBERED_BYTES_MAX: u64 = 64 << 20;
/// The field of a stream's messages that says how far it has come.
const VERSION_FIELD: &str = "version";

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// JSON.
    Json,
    /// A server-sent event.
    Event,
    /// A line of newline-delimited JSON.
    Line,
}

/// The answers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    /// Hashed by what is made for long keys: the standard library's takes longer than all else of an answer.
    remembered: Cache<Key, Bytes, RandomState>,
}

/// The RPC, the number of the field that is the body (0 is all), the form, and the message.
type Key = (PathAndQuery, u32, Form, Bytes);

impl Answers {
    /// None yet.
    pub(crate) fn new() -> Self {
        let weigh =
            |(_, _, _, message): &Key, answer: &Bytes| u32::try_from(message.len() + answer.len()).unwrap_or(u32::MAX);
        Self {
            remembered: Cache::builder()
                .max_capacity(REMEMBERED_BYTES_MAX)
                .weigher(weigh)
                .build_with_hasher(RandomState::default()),
        }
    }

    /// The message that `route` was answered with, in a form.
    pub(crate) fn encode(&self, route: &Route, form: Form, message: &Bytes) -> Result<Bytes, Refused> {
        if !route.rpc.is_for_everybody() {
            return in_form(route, form, message);
        }
        let field = if let Answer::Field(field) = &route.answer { field.number() } else { 0 };
        let key = (route.rpc.path.clone(), field, form, message.clone());
        if let Some(answer) = self.remembered.get(&key) {
            return Ok(answer);
        }
        let answer = in_form(route, form, message)?;
        // The message is a slice of a larger buffer, which would be kept with it.
        self.remembered.insert((key.0, field, form, Bytes::copy_from_slice(message)), answer.clone());
        Ok(answer)
    }
}

/// The message that the bytes are.
pub(super) fn decode(rpc: &Rpc, bytes: &Bytes) -> Result<DynamicMessage, Refused> {
    DynamicMessage::decode(rpc.method.output(), bytes.clone()).map_err(|error| defect(rpc, &error))
}

fn in_form(route: &Route, form: Form, bytes: &Bytes) -> Result<Bytes, Refused> {
    let rpc = &route.rpc;
    let message = decode(rpc, bytes)?;
    // JSON as it is encoded has no line breaks.
    let json = match &route.answer {
        Answer::Field(field) => transcode::encode_field(&message, field),
        Answer::Whole | Answer::Raw(_) => transcode::encode(&message),
    };
    let json = json.map_err(|error| defect(rpc, &error))?;
    Ok(match form {
        Form::Json => json.into(),
        Form::Line => [json.as_slice(), b"\n"].concat().into(),
        Form::Event => {
            let version = message.get_field_by_name(VERSION_FIELD);
            let id = version.and_then(|version| version.as_i64()).map(|version| format!("id: {version}\n"));
            [id.unwrap_or_default().as_bytes(), b"data: ", &json, b"\n\n"].concat().into()
        }
    })
}

fn defect(rpc: &Rpc, error: &dyn std::error::Error) -> Refused {
    tracing::error!(rpc = %rpc.path, %error, "an answer can't be encoded");
    Refusal::new(Reason::Internal, "something went wrong on our side").into()
}
