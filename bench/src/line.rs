//! Unary gRPC calls straight onto an HTTP/2 connection. The generator shares the processors with what it measures: a
//! channel with its layers, buffers and tasks costs as much as the service's own share of a call, and more than pgbench
//! costs beside PostgreSQL. A line has none of them: the caller's task writes its frames and is woken by its answer.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use h2::{
    RecvStream,
    client::{self, SendRequest},
};
use http::{
    HeaderMap, HeaderValue, Method, Request, Uri, Version,
    header::{AUTHORIZATION, CONTENT_TYPE, TE},
    uri::{Authority, Scheme},
};
use tokio::{net::TcpStream, sync::OnceCell};
use tonic::{Code, Status};
use usher::corked::Corked;

/// Whether a message is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// What may be on its way on a line, and of one call, in bytes: more than any measurement has at once.
const WINDOW: u32 = 16 << 20;

/// A connection that opens with its first call. It does not come back: what is measured does not end meanwhile.
pub struct Line {
    authority: Authority,
    opened: OnceCell<SendRequest<Bytes>>,
}

/// One RPC of a service, as it is asked on a line.
pub struct Rpc(Uri);

impl Rpc {
    /// The RPC at `path` of the service that `line` leads to.
    pub fn new(line: &Line, path: &'static str) -> Result<Self, http::Error> {
        Uri::builder().scheme(Scheme::HTTP).authority(line.authority.clone()).path_and_query(path).build().map(Self)
    }

    /// The head of a request for it, with a token where there is one.
    pub fn request(&self, bearer: Option<&HeaderValue>) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.0.clone();
        *request.version_mut() = Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        if let Some(bearer) = bearer {
            headers.insert(AUTHORIZATION, bearer.clone());
        }
        request
    }
}

impl Line {
    /// To the service at `url` (`http://host:port`).
    pub fn new(url: &str) -> Result<Self, http::Error> {
        let authority = url.parse::<Uri>()?.into_parts().authority;
        let authority = authority.map_or_else(|| "".parse().map_err(http::Error::from), Ok)?;
        Ok(Self { authority, opened: OnceCell::new() })
    }

    /// Asks `rpc`, with a token where there is one. Messages are bytes.
    pub async fn ask(&self, rpc: &Rpc, bearer: Option<&HeaderValue>, question: &[u8]) -> Result<Bytes, Status> {
        let opened = self.opened.get_or_try_init(|| open(&self.authority)).await?;
        let mut ready = opened.clone().ready().await.map_err(broken)?;
        let (answer, mut body) = ready.send_request(rpc.request(bearer), false).map_err(broken)?;
        body.send_data(framed(question), true).map_err(broken)?;
        let (head, body) = answer.await.map_err(broken)?.into_parts();
        // An error without a message has its status in the head.
        if let Some(status) = Status::from_header_map(&head.headers) {
            return Err(status);
        }
        let (message, trailers) = read(body).await.map_err(broken)?;
        answered(message, trailers.as_ref())
    }
}

async fn open(authority: &Authority) -> Result<SendRequest<Bytes>, Status> {
    let socket =
        TcpStream::connect(authority.as_str()).await.map_err(|error| Status::unavailable(error.to_string()))?;
    socket.set_nodelay(true).map_err(|error| Status::unavailable(error.to_string()))?;
    let mut settings = client::Builder::new();
    settings.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (opened, connection) = settings.handshake(Corked::new(socket)).await.map_err(broken)?;
    // It ends with the last who can send something; why it ended is told to those who wait for an answer.
    tokio::spawn(async move { connection.await.ok() });
    Ok(opened)
}

/// A message as gRPC sends it.
pub fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    frame.put_u8(0);
    // A question of more than four gigabytes is none of ours.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

/// What an answer says, by its body and what came behind it.
pub fn answered(message: Bytes, trailers: Option<&HeaderMap>) -> Result<Bytes, Status> {
    match trailers.and_then(Status::from_header_map) {
        Some(status) if status.code() == Code::Ok => unframed(message),
        Some(status) => Err(status),
        None => Err(Status::internal("the answer ended without a status")),
    }
}

fn unframed(mut frame: Bytes) -> Result<Bytes, Status> {
    if frame.len() < PREFIX_BYTES {
        return Err(Status::internal("the answer has no message"));
    }
    let (compressed, bytes) = (frame.get_u8(), frame.get_u32() as usize);
    match compressed == 0 && bytes == frame.len() {
        true => Ok(frame),
        false => Err(Status::internal("the answer is not one plain message")),
    }
}

/// All of a body, and what came behind it.
async fn read(mut body: RecvStream) -> Result<(Bytes, Option<HeaderMap>), h2::Error> {
    let mut parts = Vec::new();
    while let Some(part) = body.data().await.transpose()? {
        body.flow_control().release_capacity(part.len())?;
        parts.push(part);
    }
    let all = match parts.len() {
        1 => parts.swap_remove(0),
        _ => parts.concat().into(),
    };
    Ok((all, body.trailers().await?))
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn broken(error: h2::Error) -> Status {
    Status::unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tonic::transport::{Server, server::TcpIncoming};
    use tonic_health::{
        ServingStatus,
        pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus as Health},
    };

    use super::*;

    const CHECK: &str = "/grpc.health.v1.Health/Check";

    async fn line() -> Line {
        let (health, service) = tonic_health::server::health_reporter();
        health.set_service_status("known", ServingStatus::Serving).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        Line::new(&url).unwrap()
    }

    fn question(service: &str) -> Vec<u8> {
        prost::Message::encode_to_vec(&HealthCheckRequest { service: service.to_owned() })
    }

    #[tokio::test]
    async fn a_real_server_answers_and_its_errors_are_told() {
        let line = line().await;
        let check = Rpc::new(&line, CHECK).unwrap();
        let answer = line.ask(&check, None, &question("known")).await.unwrap();
        let answer: HealthCheckResponse = prost::Message::decode(answer).unwrap();
        assert_eq!(answer.status(), Health::Serving);
        let unknown = line.ask(&check, None, &question("unknown")).await.unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);
        let nothing = Rpc::new(&line, "/grpc.health.v1.Health/Nothing").unwrap();
        assert_eq!(line.ask(&nothing, None, &[]).await.unwrap_err().code(), Code::Unimplemented);
    }

    #[tokio::test]
    async fn nobody_at_the_other_end_is_unavailable() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Line::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let check = Rpc::new(&line, CHECK).unwrap();
        assert_eq!(line.ask(&check, None, &[]).await.unwrap_err().code(), Code::Unavailable);
    }
}
