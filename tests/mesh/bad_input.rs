//! Bad input: each gets its documented reason and status, names its field, and changes nothing.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::harness::{Client, Event, Mesh, in_days};

/// One request that must be refused: what it is, where it goes, and the field that its refusal names.
struct Bad {
    what: &'static str,
    path: String,
    body: Option<Value>,
    status: u16,
    reason: &'static str,
    field: Option<&'static str>,
}

fn get(what: &'static str, path: impl Into<String>) -> Bad {
    Bad { what, path: path.into(), body: None, status: 400, reason: "INVALID_ARGUMENT", field: None }
}

fn post(what: &'static str, path: &str, body: Value) -> Bad {
    Bad { body: Some(body), ..get(what, path) }
}

impl Bad {
    fn naming(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    fn because(self, status: u16, reason: &'static str) -> Self {
        Self { status, reason, ..self }
    }

    async fn expect(self, client: &Client) {
        eprintln!("{}", self.what);
        let answer = match &self.body {
            None => client.get(&self.path).await,
            Some(body) => client.post(&self.path, body).await,
        };
        let refused = answer.refused(self.status, self.reason);
        if let Some(field) = self.field {
            refused.naming(field);
        }
    }
}

fn searches() -> Vec<Bad> {
    vec![
        get("an empty query", "/v1/search?query=").naming("query"),
        get("a blank query", "/v1/search?query=%20%20").naming("query"),
        get("a query of 10 kB", format!("/v1/search?query={}", "a".repeat(10_240))).naming("query"),
        get("a query with a NUL", "/v1/search?query=a%00b").naming("query"),
        get("a negative page", "/v1/search?page=-1").naming("page"),
        get("an absurd page", "/v1/search?page=2000000000").naming("page"),
        get("a page that is no int32", "/v1/search?page=99999999999").naming("page"),
        get("a page that is no number", "/v1/search?page=two").naming("page"),
        get("a time that is none", "/v1/search?from=yesterday").naming("from"),
        get("an end before the start", format!("/v1/search?from={}&to={}", in_days(3), in_days(2))),
        get("a negative theatre", "/v1/search?theater_id=-4").naming("theater_id"),
        get("an unknown parameter", "/v1/search?querry=hamlet").naming("querry"),
        get("a parameter twice", "/v1/search?page=1&page=2").naming("page"),
        get("invalid UTF-8 in a query", "/v1/search?query=%ff%fe"),
    ]
}

fn lookups() -> Vec<Bad> {
    vec![
        get("an unknown event", "/v1/event/999999").because(404, "UNKNOWN_EVENT"),
        get("a negative event", "/v1/event/-3").because(404, "UNKNOWN_EVENT"),
        get("an event too large for a ticket id", format!("/v1/event/{}", i64::MAX)).because(404, "UNKNOWN_EVENT"),
        get("an event that is no number", "/v1/event/hamlet").naming("event_id"),
        get("an event too large for the field", "/v1/event/99999999999999999999").naming("event_id"),
        get("an unknown booking", "/v1/booking/bkg_unknown").because(404, "UNKNOWN_BOOKING"),
        get("a negative page of bookings", "/v1/bookings?page=-1").naming("page"),
        get("an absurd page of bookings", "/v1/bookings?page=10001").naming("page"),
        get("an unknown path", "/v1/evnt/1").because(404, "UNKNOWN_PATH"),
    ]
}

fn reserves(event: &Event, other: &Event) -> Vec<Bad> {
    let reserve = |what, body| post(what, "/v1/reserve", body);
    let eleven: Vec<_> = event.tickets[..11].to_vec();
    let (a, b) = (event.tickets[0], event.tickets[1]);
    vec![
        reserve("no ticket", json!({})).naming("ticket_ids"),
        reserve("11 tickets", json!({"ticket_ids": eleven})).naming("ticket_ids"),
        reserve("a ticket twice", json!({"ticket_ids": [a, a]})).naming("ticket_ids"),
        reserve("tickets of two events", json!({"ticket_ids": [a, other.tickets[0]]})).naming("ticket_ids"),
        reserve("both ways to name a ticket", json!({"ticket_id": a, "ticket_ids": [b]})).naming("ticket_id"),
        reserve("a ticket that no event can have", json!({"ticket_id": 5})).because(404, "UNKNOWN_TICKET"),
        reserve("a negative ticket", json!({"ticket_id": -5})).because(404, "UNKNOWN_TICKET"),
        reserve("a ticket that the event lacks", json!({"ticket_ids": [a, event.id << 20 | 0xF_FFFF]}))
            .because(404, "UNKNOWN_TICKET"),
        reserve("a ticket of an unknown event", json!({"ticket_id": 999_999_i64 << 20 | 1}))
            .because(404, "UNKNOWN_EVENT"),
        reserve("a ticket that is no number", json!({"ticket_id": "A1"})).naming("ticket_id"),
        reserve("a ticket that is an object", json!({"ticket_id": {}})).naming("ticket_id"),
        reserve("a fraction of a ticket", json!({"ticket_id": 1.5})).naming("ticket_id"),
        reserve("a list that is none", json!({"ticket_ids": a})).naming("ticket_ids"),
        reserve("an unknown field", json!({"ticket_id": a, "tikcet": 1})).naming("tikcet"),
        reserve("an odd request_id", json!({"ticket_id": a, "request_id": "a b\n"})).naming("request_id"),
        reserve("a user_id of somebody else", json!({"ticket_id": a, "user_id": 424_242})).because(403, "FORBIDDEN"),
        post("a reservation that is none", "/v1/release", json!({"reservation_id": "x"})).naming("reservation_id"),
        post("a booking of nothing", "/v1/book", json!({})).naming("ticket_ids"),
        post(
            "a booking of what is not held",
            "/v1/book",
            json!({
                "ticket_id": a, "card_info": {"payment_method": "pm_card_visa"},
            }),
        )
        .because(400, "NOT_RESERVED"),
        post("a card number", "/v1/book", json!({"ticket_id": a, "card_info": {"payment_method": "4242424242424242"}}))
            .naming("card_info.payment_method"),
        post("an unknown field inside", "/v1/book", json!({"ticket_id": a, "card_info": {"cvc": "123"}}))
            .naming("card_info.cvc"),
    ]
}

fn edits(event: &Event) -> Vec<Bad> {
    let tickets =
        |what, list: Value| post(what, "/v1/update/ticket", json!({"event_id": event.id, "ticket_list": list}));
    let edit = |what, change: Value| {
        let mut body = json!({
            "event_name": "New", "screen_id": 1, "start_time": in_days(3), "currency": "GBP", "ticket_count": 3,
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        post(what, "/v1/update/event", body)
    };
    vec![
        tickets("a price below zero", json!([{"seat_no": "A1", "price": -1}])).naming("ticket_list[0].price"),
        tickets("an absurd price", json!([{"seat_no": "A1", "price": "9000000000000000000"}]))
            .naming("ticket_list[0].price"),
        tickets("a seat twice", json!([{"seat_no": "Z1", "price": 5}, {"seat_no": "Z1", "price": 6}]))
            .naming("ticket_list[1].seat_no"),
        tickets("a seat without a number", json!([{"price": 5}])).naming("ticket_list[0].seat_no"),
        tickets("no seats", json!([])).naming("ticket_list"),
        tickets("one bad seat among good ones", json!([{"seat_no": "Z1", "price": 5}, {"seat_no": "Z2", "price": -5}]))
            .naming("ticket_list[1].price"),
        post("tickets of no event", "/v1/update/ticket", json!({"ticket_list": [{"seat_no": "A", "price": 5}]}))
            .naming("event_id"),
        post(
            "tickets of an unknown event",
            "/v1/update/ticket",
            json!({
                "event_id": 999_999, "ticket_list": [{"seat_no": "A", "price": 5}],
            }),
        )
        .because(404, "UNKNOWN_EVENT"),
        edit("an event in the past", json!({"start_time": in_days(-1)})).naming("start_time"),
        edit("an event in another age", json!({"start_time": in_days(20_000)})).naming("start_time"),
        edit("an event on an unknown screen", json!({"screen_id": 999_999})).because(404, "UNKNOWN_SCREEN"),
        edit("an event in an unknown theatre", json!({"theater_id": 999_999})).because(404, "UNKNOWN_THEATER"),
        edit("an event in no currency", json!({"currency": "pounds"})).naming("currency"),
        edit("an event of fewer than no seats", json!({"ticket_count": -1})).naming("ticket_count"),
        edit("an event of a million seats", json!({"ticket_count": 1_000_000})).naming("ticket_count"),
        edit("an event without a name", json!({"event_name": "  "})).naming("event_name"),
        edit("an event with a script for a picture", json!({"cdn_link": "javascript:alert(1)"})).naming("cdn_link"),
        edit("an unknown event", json!({"event_id": 999_999})).because(404, "UNKNOWN_EVENT"),
        post("a theatre without a name", "/v1/update/theater", json!({"city": "Nowhere"})).naming("theater_name"),
        post("an unknown theatre", "/v1/update/theater", json!({"theater_id": 999_999, "city": "x"}))
            .because(404, "UNKNOWN_THEATER"),
        post("a theatre out of time", "/v1/update/theater", json!({"theater_name": "x", "time_zone": "Moon/Base"}))
            .naming("time_zone"),
        post(
            "a screen with a seat twice",
            "/v1/update/theater",
            json!({
                "theater_name": "x", "screens": [{"screen_name": "y", "seats": [{"seat_no": "1"}, {"seat_no": "1"}]}],
            }),
        )
        .naming("screens[0].seats[1].seat_no"),
    ]
}

fn accounts() -> Vec<Bad> {
    let sign_up = |what, change: Value| {
        let mut body = json!({"user_name": "zoe", "email": "zoe@example.org", "password": "correct horse"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        post(what, "/v1/signup", body)
    };
    vec![
        sign_up("a short password", json!({"password": "short"})).naming("password"),
        sign_up("an endless password", json!({"password": "x".repeat(5_000)})).naming("password"),
        sign_up("an address that is none", json!({"email": "zoe"})).naming("email"),
        sign_up("nobody", json!({"user_name": " "})).naming("user_name"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_request_is_told_what_is_wrong_and_changes_nothing() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Bad", 12).await;
    let other = crate::harness::house::event(&admin, "Other", 2).await;
    let before = mesh.database.fingerprint().await;
    let guest = mesh.guest();
    for bad in searches().into_iter().chain(accounts()) {
        bad.expect(&guest).await;
    }
    for bad in lookups().into_iter().chain(reserves(&event, &other)).chain(edits(&event)) {
        bad.expect(&admin).await;
    }
    assert_eq!(mesh.database.fingerprint().await, before);
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_neither_sold_nor_changed() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Begun", 2).await;
    mesh.database.begin(&event).await;
    let before = mesh.database.fingerprint().await;
    admin.reserve(&event.tickets).await.refused(400, "EVENT_STARTED");
    let change = json!({"event_id": event.id, "event_name": "Later"});
    admin.post("/v1/update/event", &change).await.refused(400, "EVENT_STARTED");
    let list = json!({"event_id": event.id, "ticket_list": [{"seat_no": "A1", "price": 1}]});
    admin.post("/v1/update/ticket", &list).await.refused(400, "EVENT_STARTED");
    assert_eq!(mesh.database.fingerprint().await, before);
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused_at_the_door() {
    let mesh = Mesh::start().await;
    let ann = mesh.customer("ann").await;
    let before = mesh.database.fingerprint().await;
    let bodies: [(&str, Vec<u8>); 6] = [
        ("no JSON", b"ticket_id=1".to_vec()),
        ("half a body", br#"{"ticket_id":"#.to_vec()),
        ("two bodies", br#"{"ticket_id":"5"}{}"#.to_vec()),
        ("a list", b"[]".to_vec()),
        ("invalid UTF-8", b"{\"request_id\":\"\xff\xfe\"}".to_vec()),
        ("a nest without end", "[".repeat(100_000).into_bytes()),
    ];
    for (what, body) in bodies {
        println!("{what}");
        ann.post_bytes("/v1/reserve", body).await.refused(400, "INVALID_ARGUMENT");
    }
    let form = ann.request(Method::POST, "/v1/reserve").header(header::CONTENT_TYPE, "text/plain").body("{}");
    ann.send(form).await.refused(415, "INVALID_ARGUMENT");
    let large = vec![b' '; 8 << 20];
    ann.post_bytes("/v1/reserve", large).await.refused(413, "INVALID_ARGUMENT");
    let answer = ann.get("/v1/reserve").await.refused(405, "INVALID_ARGUMENT");
    assert_eq!(answer.headers[header::ALLOW], "POST");
    assert_eq!(mesh.database.fingerprint().await, before);
    mesh.stop().await;
}
