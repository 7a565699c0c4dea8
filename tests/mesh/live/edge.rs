//! Streams through the door: server-sent events, and gRPC.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use tokio::time::timeout;
use usher::contract::event::{
    WatchSeatsRequest,
    event_service_client::EventServiceClient,
    ticket::Status::{Available, Reserved},
};

use crate::harness::{Client, Event, Mesh};

/// Nothing takes this long.
const BOUND: Duration = Duration::from_secs(30);

/// A browser's `EventSource`, as far as it matters here.
struct Source {
    response: Response,
    unread: String,
    last_id: String,
}

impl Source {
    async fn open(client: &Client, event: &Event, last_id: &str) -> Self {
        let request = client.request(Method::GET, &format!("/v1/event/{}/seats", event.id));
        let request = request.header("accept", "text/event-stream").header("last-event-id", last_id);
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"text/event-stream".parse().unwrap())
        );
        Self { response, unread: String::new(), last_id: last_id.to_owned() }
    }

    /// The next event's data.
    async fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.unread = rest;
                let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
                if let Some(id) = field("id: ") {
                    id.clone_into(&mut self.last_id);
                }
                if let Some(data) = field("data: ") {
                    return serde_json::from_str(data).unwrap();
                }
                continue;
            }
            let chunk =
                timeout(BOUND, self.response.chunk()).await.expect("an event in time").unwrap().expect("an event");
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event that brings this seat so.
    async fn until(&mut self, ticket: i64, status: &str) -> Value {
        let ticket = ticket.to_string();
        loop {
            let event = self.next().await;
            let seats = event["tickets"].as_array().unwrap();
            if seats.iter().any(|seat| seat["ticket_id"] == *ticket && seat["status"] == status) {
                return event;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_watches_and_comes_back() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Browser", 3).await;
    let ann = mesh.customer("ann").await;
    let mut source = Source::open(&mesh.guest(), &event, "").await;
    let first = source.next().await;
    assert_eq!((first["snapshot"].clone(), first["tickets"].as_array().unwrap().len()), (true.into(), 3));
    ann.hold(&event.tickets[..1]).await;
    let change = source.until(event.tickets[0], "RESERVED").await;
    assert_eq!((change["snapshot"].clone(), change["version"].as_str()), (false.into(), Some(&*source.last_id)));

    let left_at = source.last_id.clone();
    drop(source);
    ann.hold(&event.tickets[1..2]).await;
    let mut again = Source::open(&mesh.guest(), &event, &left_at).await;
    let missed = again.until(event.tickets[1], "RESERVED").await;
    assert_eq!(missed["snapshot"], false, "only what was missed: {missed:#}");

    let mut lost = Source::open(&mesh.guest(), &event, "12345").await;
    assert_eq!(lost.next().await["snapshot"], true, "what is not at hand comes whole");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_watches_over_grpc_through_the_edge() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("App", 1).await;
    let ann = mesh.customer("ann").await;
    let mut events = EventServiceClient::connect(mesh.edge.clone()).await.unwrap();
    let request = WatchSeatsRequest { event_id: event.id, after_version: 0 };
    let mut seats = events.watch_seats(request).await.unwrap().into_inner();
    let first = timeout(BOUND, seats.message()).await.unwrap().unwrap().unwrap();
    assert_eq!((first.snapshot, first.tickets[0].status()), (true, Available));
    ann.hold(&event.tickets).await;
    let change = timeout(BOUND, async {
        loop {
            let update = seats.message().await.unwrap().unwrap();
            if !update.tickets.is_empty() {
                return update;
            }
        }
    });
    assert_eq!(change.await.unwrap().tickets[0].status(), Reserved);
    mesh.stop().await;
}
