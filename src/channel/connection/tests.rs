use std::{future::poll_fn, net::Ipv4Addr};

use h2::{
    RecvStream,
    server::{self, SendResponse},
};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt as _;
use tokio::{
    io::{DuplexStream, duplex},
    sync::oneshot,
};

use super::*;

type Served = server::Connection<DuplexStream, Bytes>;

/// A connection, and its other end.
async fn opened() -> (Connection, Served) {
    opened_and(KEEPALIVE).await
}

async fn opened_and(keepalive: Keepalive) -> (Connection, Served) {
    let (here, there) = duplex(64 * 1024);
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let (connection, served) =
        tokio::join!(Connection::kept_alive(here, address, None, keepalive), server::handshake(there));
    (connection.unwrap(), served.unwrap())
}

fn head() -> Request<()> {
    Request::post("http://service/package.Service/Method").body(()).unwrap()
}

/// Sends a call over a connection that takes it.
async fn asked(connection: Connection, message: Bytes) -> Result<Response<Answer>, Broken> {
    connection.ready().await.unwrap().send(head(), message).await
}

async fn next(served: &mut Served) -> (Request<RecvStream>, SendResponse<Bytes>) {
    served.accept().await.unwrap().unwrap()
}

async fn read(body: &mut RecvStream) -> usize {
    let mut read = 0;
    while let Some(part) = body.data().await.transpose().unwrap() {
        body.flow_control().release_capacity(part.len()).unwrap();
        read += part.len();
    }
    read
}

#[tokio::test]
async fn what_is_larger_than_all_windows_arrives_whole_both_ways() {
    const BYTES: usize = 12 << 20;
    let (connection, mut served) = opened().await;
    tokio::spawn(async move {
        let (request, mut answer) = next(&mut served).await;
        tokio::spawn(async move {
            assert_eq!(read(&mut request.into_body()).await, BYTES);
            let mut body = answer.send_response(Response::new(()), false).unwrap();
            body.send_data(vec![7; BYTES].into(), false).unwrap();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            body.send_trailers(trailers).unwrap();
        });
        while served.accept().await.is_some() {}
    });
    let answer = asked(connection, vec![7; BYTES].into()).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(answer.to_bytes().len(), BYTES);
}

#[tokio::test]
async fn a_call_that_is_given_up_is_taken_back_and_others_go_on() {
    let (connection, mut served) = opened().await;
    let ((came, has_come), (reset, was_reset)) = (oneshot::channel(), oneshot::channel());
    tokio::spawn(async move {
        let (_, mut answer) = next(&mut served).await;
        came.send(()).unwrap();
        tokio::spawn(async move { reset.send(poll_fn(|context| answer.poll_reset(context)).await.unwrap()) });
        let (_, mut answer) = next(&mut served).await;
        answer.send_response(Response::new(()), true).unwrap();
        while served.accept().await.is_some() {}
    });
    let call = tokio::spawn(asked(connection.clone(), Bytes::from_static(b"first")));
    has_come.await.unwrap();
    call.abort();
    assert_eq!(was_reset.await.unwrap(), Reason::CANCEL);
    assert!(asked(connection, Bytes::from_static(b"second")).await.is_ok());
}

#[tokio::test]
async fn who_leaves_says_so_and_what_it_did_not_take_was_not_sent() {
    let (connection, mut served) = opened().await;
    tokio::spawn(async move {
        let (_, mut first) = next(&mut served).await;
        let (_, mut second) = next(&mut served).await;
        second.send_reset(Reason::REFUSED_STREAM);
        served.graceful_shutdown();
        first.send_response(Response::new(()), true).unwrap();
        while served.accept().await.is_some() {}
    });
    let (taken, refused) = tokio::join!(
        asked(connection.clone(), Bytes::from_static(b"taken")),
        asked(connection.clone(), Bytes::from_static(b"refused")),
    );
    assert!(taken.is_ok());
    assert!(matches!(refused, Err(Broken::Unsent)), "{refused:?}");
    assert!(connection.clone().ready().await.is_none());
    assert!(connection.is_over());
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_given_up_with_its_calls_and_one_that_does_is_not() {
    let keepalive = Keepalive { every: Duration::from_millis(10), answer_max: Duration::from_millis(200) };
    let (connection, mut served) = opened_and(keepalive).await;
    let (answer, ()) = tokio::join!(asked(connection.clone(), Bytes::from_static(b"first")), async {
        let (_, mut answer) = next(&mut served).await;
        // It thinks for long, and answers pings meanwhile.
        let _ = timeout(keepalive.every * 30, served.accept()).await;
        answer.send_response(Response::new(()), true).unwrap();
        let _ = timeout(keepalive.every, served.accept()).await;
    });
    assert!(answer.is_ok());
    let answer = asked(connection.clone(), Bytes::from_static(b"anybody?")).await;
    assert!(matches!(answer, Err(Broken::Under(_))), "{answer:?}");
    assert!(connection.is_over());
}

#[tokio::test]
async fn the_last_one_who_could_call_closes_it() {
    let (connection, mut served) = opened().await;
    drop(connection);
    // What the other end had still to say may find the connection closed.
    let last = served.accept().await;
    assert!(last.as_ref().is_none_or(Result::is_err), "{last:?}");
}
