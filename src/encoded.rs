//! Answers that are the same for many callers: encoded once, and sent to each as they are. A generated service encodes its
//! answer for each call, into a buffer that is made and given back each time; of an answer of many kilobytes that is most
//! of the call.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::Service,
    metadata::{GRPC_CONTENT_TYPE, MetadataMap},
    server::NamedService,
};

use crate::codec;

/// Before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// How the body of a request is compressed.
const ENCODING: &str = "grpc-encoding";

/// A message as it goes to whoever asks, its prefix included. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded(Bytes);

impl Encoded {
    /// The message.
    #[must_use]
    pub fn of(message: &impl Message) -> Self {
        Self::written(|into| {
            into.reserve_exact(message.encoded_len());
            // A Vec has room for everything.
            let _ = message.encode(into);
        })
    }

    /// What `write` adds to the bytes it is given: the fields of a message.
    #[must_use]
    pub fn written(write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = vec![0; PREFIX_BYTES];
        write(&mut bytes);
        // No message of ours has four gigabytes.
        let length = u32::try_from(bytes.len().saturating_sub(PREFIX_BYTES)).unwrap_or(u32::MAX);
        for (place, byte) in bytes.iter_mut().skip(1).zip(length.to_be_bytes()) {
            *place = byte;
        }
        Self(bytes.into())
    }

    /// The message's bytes, without the prefix.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.0.get(PREFIX_BYTES..).unwrap_or_default()
    }
}

/// An answer under way, as generated services have it.
pub type Answering = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// A generated service, and what is asked before it: that answers the RPCs whose answers are encoded, and hands all else on.
#[derive(Debug, Clone)]
pub struct Before<G, A> {
    generated: G,
    answer: A,
}

impl<G, A: Fn(&mut G, http::Request<Body>) -> Answering> Before<G, A> {
    /// Asks `answer` with each call; it may call `generated`.
    pub const fn new(generated: G, answer: A) -> Self {
        Self { generated, answer }
    }
}

impl<G: NamedService, A> NamedService for Before<G, A> {
    const NAME: &'static str = G::NAME;
}

impl<G, A: Fn(&mut G, http::Request<Body>) -> Answering> Service<http::Request<Body>> for Before<G, A> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Generated services are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answering {
        (self.answer)(&mut self.generated, request)
    }
}

/// Answers a call of an RPC with one question and one answer by what `handle` says to its question.
pub async fn unary<Q, A>(request: http::Request<Body>, handle: impl FnOnce(Request<Q>) -> A) -> http::Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Future<Output = Result<Response<Encoded>, Status>>,
{
    let answered = match read(request).await {
        Ok(question) => handle(question).await,
        Err(status) => Err(status),
    };
    match answered {
        Ok(answer) => sent(answer),
        Err(status) => status.into_http(),
    }
}

/// The question: one message, read to the end of the request.
async fn read<Q: Message + Default + Send + 'static>(request: http::Request<Body>) -> Result<Request<Q>, Status> {
    let (parts, body) = request.into_parts();
    if parts.headers.get(ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Status::unimplemented("a compressed request: send it as it is"));
    }
    let mut messages = Streaming::new_request(codec::decoder::<Q>(), body, None, None);
    let question = messages.message().await?.ok_or_else(|| Status::internal("the request has no message"))?;
    // An answer before the end of a request would reset its stream.
    messages.trailers().await?;
    Ok(Request::from_parts(MetadataMap::from_headers(parts.headers), parts.extensions, question))
}

fn sent(answer: Response<Encoded>) -> http::Response<Body> {
    let (metadata, Encoded(bytes), extensions) = answer.into_parts();
    let mut ok = HeaderMap::with_capacity(1);
    ok.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    let body = Full::new(bytes).with_trailers(std::future::ready(Some(Ok(ok))));
    let mut response = http::Response::new(Body::new(body));
    *response.headers_mut() = metadata.into_headers();
    response.headers_mut().insert(CONTENT_TYPE, GRPC_CONTENT_TYPE);
    *response.extensions_mut() = extensions;
    response
}

#[cfg(test)]
mod tests {
    use tonic::{Code, codec::EncodeBody};

    use super::*;
    use crate::codec::Messages;

    fn asked(question: &str) -> http::Request<Body> {
        let messages = futures::stream::iter([Ok(question.to_owned())]);
        let encoder = tonic::codec::Codec::encoder(&mut Messages::<String, String>::default());
        http::Request::new(Body::new(EncodeBody::new_client(encoder, messages, None, None)))
    }

    async fn echo(question: Request<String>) -> Result<Response<Encoded>, Status> {
        let question = question.into_inner();
        if question.is_empty() { Err(Status::not_found("nothing")) } else { Ok(Response::new(Encoded::of(&question))) }
    }

    #[tokio::test]
    async fn an_answer_is_read_as_any_other() {
        for question in ["x".to_owned(), "x".repeat(100_000)] {
            let answer = unary(asked(&question), echo).await;
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/grpc");
            let mut read = Streaming::new_request(codec::decoder::<String>(), answer.into_body(), None, None);
            assert_eq!(read.message().await.unwrap(), Some(question));
            assert_eq!(read.message().await.unwrap(), None);
            assert_eq!(read.trailers().await.unwrap().unwrap().get("grpc-status").unwrap(), "0");
        }
    }

    #[tokio::test]
    async fn a_refusal_is_one_and_so_is_a_request_that_cannot_be_read() {
        let code = |answer: http::Response<Body>| Status::from_header_map(answer.headers()).map(|status| status.code());
        assert_eq!(code(unary(asked(""), echo).await), Some(Code::NotFound));
        let mut squeezed = asked("x");
        squeezed.headers_mut().insert(ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(code(unary(squeezed, echo).await), Some(Code::Unimplemented));
        let nothing = http::Request::new(Body::empty());
        assert_eq!(code(unary(nothing, echo).await), Some(Code::Internal));
        let garbage = http::Request::new(Body::new(Full::new(Bytes::from_static(&[0, 0, 0, 0, 2, 0xff, 0xff]))));
        assert_eq!(code(unary::<String, _>(garbage, echo).await), Some(Code::Internal));
    }

    #[test]
    fn fields_that_are_written_one_by_one_are_the_message() {
        let written = Encoded::written(|into| into.extend_from_slice(&String::from("x").encode_to_vec()));
        assert_eq!(written, Encoded::of(&String::from("x")));
        assert_eq!(written.message(), String::from("x").encode_to_vec());
        assert_eq!(Encoded::of(&()).message(), [0; 0]);
    }
}
