//! What any bytes may be thrown at, and what must hold whatever they are: for `fuzz/` and, in fewer rounds, for the tests.
//! Each of these panics where it does not hold.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a finding is told by panicking"
)]

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _};
use tokio::runtime::{Builder, Runtime};
use tonic::body::Body as GrpcBody;
use usher::{
    identity::{Keys, TOKEN_TYPE},
    signing::{SigningKey, generate_pem},
};

use crate::{
    descriptors::Descriptors,
    grpc,
    request::{Sent, decode},
    routes::{Found, Route, RouteTable},
    transcode,
};

static ROUTES: LazyLock<RouteTable> =
    LazyLock::new(|| RouteTable::derive(&Descriptors::load().expect("the contract")).expect("its routes"));

/// Waits for what waits for nobody else.
fn now<F: Future>(future: F) -> F::Output {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
    RUNTIME.block_on(future)
}

/// A path, and a template: both may be anything, and what matches lies within the path.
pub fn path(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (template, path) = text.split_once('\n').unwrap_or(("/v1/{a=**}:b", &text));
    for method in [Method::GET, Method::POST, Method::HEAD] {
        if let Found::Route(_, variables) = ROUTES.find(&method, path) {
            assert!(variables.iter().all(|variable| !variable.is_empty() && path.contains(variable)), "{path}");
        }
    }
    let Ok(template) = crate::routes::Template::parse(template) else { return };
    let again = crate::routes::Template::parse(&template.to_string()).expect("what was read is written as it was");
    assert_eq!(again, template);
    if let Some(variables) = template.matches(path) {
        assert_eq!(variables.len(), template.variables().count());
        assert!(variables.iter().all(|variable| path.contains(variable)), "{path}");
    }
}

/// A query and a body: refused as the sender's fault, or a message that its JSON leads back to.
pub fn json(data: &[u8]) {
    let (query, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (String::from_utf8_lossy(&data[..at]), &data[at + 1..]),
        None => (String::new().into(), data),
    };
    for route in ROUTES.iter().filter(|route| !route.is_raw()) {
        let variables = vec!["7"; route.variables.len()];
        let Some(message) = sent(route, &variables, &query, body) else { continue };
        let bytes = message.encode_to_vec();
        let same = DynamicMessage::decode(message.descriptor(), bytes.as_slice()).expect("what was made can be read");
        let shown = transcode::encode(&same).expect("what was read can be written");
        let mut wrong = transcode::Violations::default();
        let value = transcode::strict::parse(std::str::from_utf8(&shown).expect("UTF-8")).expect("JSON");
        let back = transcode::json::message(&message.descriptor(), value, "", &mut wrong);
        wrong.into_result().expect("what was written is read");
        let Some(prost_reflect::Value::Message(back)) = back else { panic!("{back:?}") };
        assert_eq!(back.encode_to_vec(), bytes, "{}", String::from_utf8_lossy(&shown));
    }
}

fn sent(route: &Route, variables: &[&str], query: &str, body: &[u8]) -> Option<DynamicMessage> {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let sent = Sent { variables, query, headers: &headers, body: Bytes::copy_from_slice(body) };
    match decode(route, sent) {
        Ok(message) => Some(message),
        Err(refused) => {
            assert!(refused.status().is_client_error(), "{refused:?}");
            None
        }
    }
}

/// The body of a gRPC-web call, binary or in base64: it is read to its end or refused, and never more comes out than went
/// in.
pub fn grpc_web(data: &[u8]) {
    for content_type in ["application/grpc-web+proto", "application/grpc-web-text+proto"] {
        let request = Request::post("/usher.search.v1.SearchService/Search")
            .header(header::CONTENT_TYPE, content_type)
            .body(GrpcBody::new(Full::new(Bytes::copy_from_slice(data))))
            .expect("a request");
        let echo = async |request: Request<GrpcBody>| {
            let came = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            Response::new(GrpcBody::new(Full::new(came)))
        };
        let answered = now(async { grpc::web(request, echo).await.into_body().collect().await });
        if let Ok(answered) = answered {
            // In base64 it is a third more, and at the end stand trailers.
            assert!(answered.to_bytes().len() <= 2 * data.len() + 1_024);
        }
    }
}

/// A token: only what the key signed is believed, and no other spelling of it.
pub fn token(data: &[u8]) {
    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_pem(&generate_pem().unwrap()).unwrap());
    static GOOD: LazyLock<String> = LazyLock::new(|| {
        let claims =
            serde_json::json!({"iss": "usher", "sub": "7", "role": "CUSTOMER", "iat": 0, "exp": 4_000_000_000_u32});
        KEY.sign(TOKEN_TYPE, &claims).unwrap()
    });
    let keys = Keys::fixed([KEY.public().clone()]);
    let verified = |token: &str| now(keys.verify(token)).is_ok();
    assert!(verified(&GOOD));
    assert!(!verified(&String::from_utf8_lossy(data)));

    // The good one with some of its bytes changed: a position and what to put there.
    let mut changed = GOOD.clone().into_bytes();
    for change in data.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % changed.len();
        changed[at] = change[2];
    }
    if let Ok(changed) = String::from_utf8(changed) {
        assert!(changed == *GOOD || !verified(&changed), "{changed}");
        // Its parts taken from it.
        assert!(!verified(changed.trim_end_matches(|letter| letter != '.')));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..200)
    }

    proptest! {
        #[test]
        fn no_path_and_no_template_harms(data in prop_oneof![
            any_bytes(),
            "(/[a-z{}=*:.%2F]{0,6}){0,5}\n(/[a-z:.%2F]{0,4}){0,6}".prop_map(String::into_bytes),
        ]) {
            path(&data);
        }

        #[test]
        fn what_json_becomes_leads_back_to_it(data in prop_oneof![
            any_bytes(),
            "([a-z_.]{1,12}=[a-zA-Z0-9:.+%-]{0,8}&){0,3}\n".prop_map(String::into_bytes),
            any_json().prop_map(|json| format!("\n{json}").into_bytes()),
        ]) {
            json(&data);
        }

        #[test]
        fn no_frame_of_grpc_web_harms(data in prop_oneof![
            any_bytes(),
            "[A-Za-z0-9+/]{0,40}={0,2}".prop_map(String::into_bytes),
            (any::<u8>(), any::<u32>(), any_bytes()).prop_map(|(flags, length, rest)| {
                [&[flags][..], &length.to_be_bytes(), &rest].concat()
            }),
        ]) {
            grpc_web(&data);
        }

        #[test]
        fn no_token_but_the_keys_own_is_believed(data in prop_oneof![
            any_bytes(),
            "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,90}".prop_map(String::into_bytes),
        ]) {
            token(&data);
        }
    }

    /// JSON with the names that requests have, so that some of it fits.
    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let names: Vec<_> = ROUTES
            .iter()
            .flat_map(|route| {
                let request = route.rpc.method.input();
                request.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
            "-?[0-9]{1,20}(\\.0)?".prop_map(Into::into),
            "20[0-9]{2}-0[1-9]-[12][0-9]T0[0-9]:00:00(\\.[0-9]{1,9})?(Z|[+-]0[0-9]:00)".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(prop::sample::select(names.clone()), inner, 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
