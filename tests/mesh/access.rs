//! Who may do what: a token is needed, must be ours and whole, and opens only its bearer's doors.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Mesh, in_days};

/// Every door that needs a token, with a body that would pass.
const SIGNED_IN: [(&str, &str); 8] = [
    ("GET", "/v1/me"),
    ("GET", "/v1/bookings"),
    ("GET", "/v1/booking/bkg_x"),
    ("GET", "/v1/booking/bkg_x/ticket/1"),
    ("POST", "/v1/reserve"),
    ("POST", "/v1/release"),
    ("POST", "/v1/book"),
    ("POST", "/v1/cancel"),
];

/// Every door that only the house opens.
pub const ADMIN: [(&str, &str); 7] = [
    ("POST", "/v1/update/theater"),
    ("POST", "/v1/update/event"),
    ("POST", "/v1/update/ticket"),
    ("POST", "/v1/boxoffice/block"),
    ("POST", "/v1/boxoffice/sell"),
    ("POST", "/v1/boxoffice/reseat"),
    ("POST", "/v1/boxoffice/refund"),
];

/// Knocks without anything to say.
pub async fn knock(client: &Client, (method, path): (&str, &str)) -> crate::harness::Answer {
    match method {
        "GET" => client.get(path).await,
        _ => client.post(path, &json!({})).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_door_opens_without_a_good_token() {
    let mesh = Mesh::start().await;
    let ann = mesh.customer("ann").await;
    let good = ann.token.clone().unwrap();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let swapped = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{head}.{swapped}{}", &signature[1..]);
    // An admin's claims under a customer's signature.
    let admins = mesh.token(ann.user_id, "ADMIN", 600);
    let mixed = format!("{}.{signature}", admins.rsplit_once('.').unwrap().0);
    let expired = mesh.token(ann.user_id, "CUSTOMER", -60);
    // `{"alg":"none","typ":"JWT"}`, and nothing for a signature.
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", head.split('.').nth(1).unwrap());
    let bad = ["garbage", &tampered, &mixed, &expired, &unsigned];

    let scanner_door = [("POST", "/v1/checkin")];
    for door in SIGNED_IN.into_iter().chain(ADMIN).chain(scanner_door) {
        knock(&mesh.guest(), door).await.refused(401, "UNAUTHENTICATED");
        for token in bad {
            knock(&mesh.guest().with_token(0, token), door).await.refused(401, "UNAUTHENTICATED");
        }
    }
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_houses_doors_are_closed_to_customers() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Private", 2).await;
    let ann = mesh.customer("ann").await;
    let before = mesh.database.fingerprint().await;
    for door in ADMIN.into_iter().chain([("POST", "/v1/checkin")]) {
        knock(&ann, door).await.refused(403, "FORBIDDEN");
    }
    let reprice = json!({"event_id": event.id, "ticket_list": [{"seat_no": "A1", "price": 1}]});
    ann.post("/v1/update/ticket", &reprice).await.refused(403, "FORBIDDEN");
    // Whoever only scans neither sells nor edits.
    let scanner = mesh.guest().with_token(77, mesh.token(77, "SCANNER", 600));
    scanner.post("/v1/update/ticket", &reprice).await.refused(403, "FORBIDDEN");
    assert_eq!(mesh.database.fingerprint().await, before);
    admin.post("/v1/update/ticket", &reprice).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_for_somebody_else() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Mine", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let anns = ann.hold(&event.tickets[..2]).await;
    let rows = mesh.database.rows(&event).await;

    let as_ann = json!({"user_id": ann.user_id, "ticket_id": event.tickets[2]});
    bob.post("/v1/reserve", &as_ann).await.refused(403, "FORBIDDEN");
    bob.get(&format!("/v1/bookings?user_id={}", ann.user_id)).await.refused(403, "FORBIDDEN");
    bob.get(&format!("/v1/search?query=mine&user_id={}", ann.user_id)).await.refused(403, "FORBIDDEN");
    let release = json!({"reservation_id": anns["reservation_id"]});
    bob.post("/v1/release", &release).await.refused(403, "FORBIDDEN");
    bob.book(&anns, "pm_card_visa").await.refused(403, "FORBIDDEN");
    let seat = json!({"ticket_id": event.tickets[0], "card_info": {"payment_method": "pm_card_visa"}});
    bob.post("/v1/book", &seat).await.refused(400, "NOT_RESERVED");

    assert_eq!(mesh.database.rows(&event).await, rows, "ann's hold is as it was");
    assert_eq!(mesh.sandbox.taken().await, 0);
    ann.book(&anns, "pm_card_visa").await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_body_is_as_good_but_must_agree() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Body", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let body = |token: &Client, ticket: i64| -> Value {
        json!({"auth_token": token.token, "user_id": token.user_id, "ticket_id": ticket})
    };
    let reserved = mesh.guest().post("/v1/reserve", &body(&ann, event.tickets[0])).await.ok();
    assert_eq!(reserved["reservation"]["ticket_ids"], json!([event.tickets[0].to_string()]));
    ann.post("/v1/reserve", &body(&ann, event.tickets[1])).await.ok();
    bob.post("/v1/reserve", &body(&ann, event.tickets[2])).await.refused(401, "UNAUTHENTICATED");
    bob.sees(&event, event.tickets[2], "AVAILABLE").await;

    let basic = mesh.guest().request(Method::GET, "/v1/me").header("authorization", "Basic YTpi");
    mesh.guest().send(basic).await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_open_only_their_own_account() {
    let mesh = Mesh::start().await;
    mesh.customer("ann").await;
    let guest = mesh.guest();
    let log_in = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let guest = guest.clone();
        async move { guest.post("/v1/login", &body).await }
    };
    let answer = log_in("ANN@Example.org", "correct horse").await.ok();
    assert!(answer["expires_at"].as_str().unwrap() > in_days(0).as_str());
    let wrong = log_in("ann@example.org", "wrong horse").await.refused(401, "UNAUTHENTICATED");
    let unknown = log_in("nobody@example.org", "correct horse").await.refused(401, "UNAUTHENTICATED");
    assert_eq!(wrong.body, unknown.body, "the answer does not tell who has an account");
    let again = json!({"user_name": "x", "email": "Ann@example.org ", "password": "another horse"});
    guest.post("/v1/signup", &again).await.refused(409, "EMAIL_TAKEN");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_are_a_json_web_key_set() {
    let mesh = Mesh::start().await;
    let set = mesh.guest().get("/.well-known/jwks.json").await.ok();
    let key = &set["keys"][0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert_eq!(key["x"].as_str().unwrap().len(), 43, "32 bytes, base64url");
    assert!(key.get("d").is_none(), "never the private part");
    mesh.stop().await;
}
