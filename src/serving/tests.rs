use clap::Parser;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::*;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    serving: ServingConfig,
}

/// A frame of HTTP/2 (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: [u8; 4] = 8_u32.to_be_bytes();

/// POST of an RPC, in HPACK without its tables: `:method` and `:scheme` are entries of the static one.
fn head(path: &str) -> Vec<u8> {
    let literal = |name: &[u8], value: &str| [name, &[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    let content_type = literal(&[0x0f, 31 - 15], "application/grpc");
    [vec![0x83, 0x86], literal(&[0x04], path), literal(&[0x01], "localhost"), content_type].concat()
}

#[tokio::test]
async fn calls_that_are_given_up_in_a_burst_cost_others_nothing() {
    let settings = Settings::parse_from(["test", "--listen-addr=127.0.0.1:0"]).serving;
    let listener = TcpListener::bind(settings.listen_addr).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, (_, service)) = (CancellationToken::new(), tonic_health::server::health_reporter());
    let until = shutdown.clone();
    let served = async move { serve(&settings, None, service, listener, until).await.unwrap() };
    let served = tokio::spawn(served);

    // As from a caller whose packets were held up, together with its change of mind; and one call that it still wants.
    let mut burst = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    burst.extend(frame(SETTINGS, 0, 0, &[]));
    let path = "/grpc.health.v1.Health/Check";
    for stream in (1..400).step_by(2) {
        burst.extend(frame(HEADERS, END_HEADERS, stream, &head(path)));
        burst.extend(frame(RST_STREAM, 0, stream, &CANCEL));
    }
    let wanted = 401;
    burst.extend(frame(HEADERS, END_HEADERS, wanted, &head(path)));
    burst.extend(frame(DATA, END_STREAM, wanted, &[0; 5]));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&burst).await.unwrap();
    loop {
        let mut about = [0; 9];
        stream.read_exact(&mut about).await.expect("the connection stays");
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, about[0], about[1], about[2]])).unwrap()];
        stream.read_exact(&mut payload).await.unwrap();
        assert_ne!(about[3], GOAWAY, "{payload:?}");
        if about[3] == DATA && about[5..] == wanted.to_be_bytes() {
            break;
        }
    }
    drop(stream);
    shutdown.cancel();
    served.await.unwrap();
}
