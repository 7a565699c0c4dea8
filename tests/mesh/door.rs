//! The door: from the drawn ticket, by its QR code, to the one admission.

mod scanner;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use futures::future::join_all;
use serde_json::{Value, json};
use usher::signing::{PublicKey, SigningKey, generate_pem};

use crate::{
    access::{ADMIN, knock},
    harness::{Answer, Client, Event, Mesh, house},
};
use booking_svc::ticket_token::TicketToken;
use scanner::{read_png, read_svg};

/// Books seats; answers the booking.
async fn booked(client: &Client, tickets: &[i64]) -> Value {
    let reservation = client.hold(tickets).await;
    client.book(&reservation, "pm_card_visa").await.ok()["booking"].clone()
}

/// The token of the booking's seat.
fn token(booking: &Value, seat: usize) -> String {
    booking["admissions"][seat]["token"].as_str().unwrap().to_owned()
}

/// What the door says to whoever shows `token`.
async fn check_in(door: &Client, token: &str) -> Answer {
    door.post("/v1/checkin", &json!({"token": token})).await
}

/// The drawn ticket of a booking's seat.
async fn ticket(client: &Client, booking: &Value, ticket: i64, query: &str) -> Answer {
    let booking = booking["booking_id"].as_str().unwrap();
    client.get(&format!("/v1/booking/{booking}/ticket/{ticket}{query}")).await
}

/// The keys that anybody may fetch.
async fn keys(mesh: &Mesh) -> Vec<PublicKey> {
    let set = mesh.guest().get("/v1/ticket-keys").await.ok();
    let keys = set["keys"].as_array().unwrap().iter().map(|key| {
        assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
        assert!(key.get("d").is_none(), "never the private part");
        let public = PublicKey::new(key["x"].as_str().unwrap()).unwrap();
        assert_eq!(key["kid"], public.kid.as_str());
        public
    });
    keys.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_ticket_is_scanned_verified_offline_and_admits_once() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Mac<b>eth & \"Banquo\"", 4).await;
    let scanner = mesh.with_role("scanner", "SCANNER").await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets[1..3]).await;
    let path = format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap());
    assert_eq!(
        ann.get(&path).await.ok()["booking"]["admissions"],
        booking["admissions"],
        "a token is the same each time"
    );

    let svg = ticket(&ann, &booking, event.tickets[1], "").await;
    assert_eq!((svg.status, &svg.headers["content-type"]), (200, &"image/svg+xml".parse().unwrap()));
    assert_eq!(svg.headers["cache-control"], "private, no-store");
    assert_eq!(svg.headers["x-content-type-options"], "nosniff");
    let words = String::from_utf8(svg.bytes.clone()).unwrap();
    for said in [
        "Mac&lt;b&gt;eth &amp; &quot;Banquo&quot;",
        ">Seat A2<",
        ">Stalls, row A<",
        booking["booking_id"].as_str().unwrap(),
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    let png = ticket(&ann, &booking, event.tickets[1], "?format=PNG").await;
    assert_eq!((png.status, &png.headers["content-type"]), (200, &"image/png".parse().unwrap()));

    let text = read_png(&png.bytes);
    assert_eq!(text, token(&booking, 0));
    assert_eq!(read_svg(&svg.bytes), text);
    assert_eq!(read_svg(&ticket(&ann, &booking, event.tickets[2], "?format=SVG").await.bytes), token(&booking, 1));

    let offline = TicketToken::verify(&text, &keys(&mesh).await).unwrap();
    assert_eq!((offline.ticket.get(), offline.seat_number.as_str()), (event.tickets[1], "A2"));
    assert_eq!(offline.ticket.event().get(), event.id);

    let admitted = check_in(&scanner, &format!(" {}\n", text.to_lowercase())).await.ok();
    assert_eq!((house::id(&admitted["ticket_id"]), &admitted["seat_number"]), (event.tickets[1], &json!("A2")));
    for _ in 0..2 {
        let again = check_in(&scanner, &text).await.refused(400, "ALREADY_ADMITTED");
        let at = admitted["admitted_at"].as_str().unwrap();
        assert_eq!(again.metadata("admitted_at")[..19], at[..19], "to the second");
    }
    check_in(&scanner, &token(&booking, 1)).await.ok();
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_drawn_for_its_owner_and_only_while_it_is_booked() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Mine", 4).await;
    let other = house::event(&admin, "Other", 1).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let booking = booked(&ann, &event.tickets[..1]).await;
    let bobs = booked(&bob, &event.tickets[1..2]).await;

    ticket(&mesh.guest(), &booking, event.tickets[0], "").await.refused(401, "UNAUTHENTICATED");
    ticket(&bob, &booking, event.tickets[0], "").await.refused(404, "UNKNOWN_BOOKING");
    ticket(&bob, &booking, event.tickets[1], "").await.refused(404, "UNKNOWN_BOOKING");
    let scanner = mesh.with_role("scanner", "SCANNER").await;
    ticket(&scanner, &booking, event.tickets[0], "").await.refused(404, "UNKNOWN_BOOKING");
    ticket(&ann, &json!({"booking_id": "bkg_x"}), event.tickets[0], "").await.refused(404, "UNKNOWN_BOOKING");
    assert_eq!(read_svg(&ticket(&admin, &booking, event.tickets[0], "").await.bytes), token(&booking, 0));
    assert_eq!(ticket(&ann, &booking, event.tickets[0], "?format=PNG").await.status, 200);

    for seat in [event.tickets[1], event.tickets[3], other.tickets[0], event.id << 20, -1] {
        ticket(&ann, &booking, seat, "").await.refused(400, "NOT_BOOKED");
    }
    ticket(&ann, &booking, event.tickets[0], "?format=GIF").await.refused(400, "INVALID_ARGUMENT").naming("format");

    let reservation = ann.hold(&event.tickets[2..3]).await;
    ann.book(&reservation, "pm_card_chargeDeclined").await.refused(400, "PAYMENT_DECLINED");
    let failed = ann.get("/v1/bookings").await.ok()["bookings"][0].clone();
    assert_eq!(failed["status"], "FAILED");
    ticket(&ann, &failed, event.tickets[2], "").await.refused(400, "NOT_BOOKED");
    assert_eq!(ticket(&bob, &bobs, event.tickets[1], "").await.status, 200);
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_admits_only_to_its_own_event() {
    let mesh = Mesh::start().await;
    let (admin, tonight) = mesh.on_sale("Tonight", 2).await;
    let tomorrow = house::event(&admin, "Tomorrow", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &tomorrow.tickets[..2]).await;
    let at = |event: &Event, seat| json!({"token": token(&booking, seat), "event_id": event.id});

    let wrong = admin.post("/v1/checkin", &at(&tonight, 0)).await.refused(400, "WRONG_EVENT");
    assert_eq!(wrong.metadata("event_id"), tomorrow.id.to_string());
    let nonsense = json!({"token": token(&booking, 0), "event_id": -1});
    admin.post("/v1/checkin", &nonsense).await.refused(400, "INVALID_ARGUMENT").naming("event_id");
    admin.post("/v1/checkin", &at(&tomorrow, 0)).await.ok();
    check_in(&admin, &token(&booking, 1)).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_our_keys_did_not_sign_admits_nobody() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Forged", 3).await;
    let ann = mesh.customer("ann").await;
    let good = token(&booked(&ann, &event.tickets[..1]).await, 0);
    let said = TicketToken::verify(&good, &keys(&mesh).await).unwrap();
    let foreign = SigningKey::from_pem(&generate_pem().unwrap()).unwrap();
    // Two tokens' halves: the seat of one under the signature of another.
    let second = token(&booked(&ann, &event.tickets[1..2]).await, 0);
    let mixed = format!("{}{}", &second[..60], &good[60..]);
    let changed = format!("{}{}", &good[..100], good[100..].replacen(['A', 'B', 'C'], "D", 1));
    assert_ne!(changed, good);
    let auth_token = ann.token.clone().unwrap();
    let forged = [
        said.sign(&foreign).unwrap(),
        mixed,
        changed,
        auth_token,
        good.replace("UT1:", "UT2:"),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        "UT1:".to_owned(),
        String::new(),
        "\u{0}ÿ😀".to_owned(),
        "A".repeat(1 << 20),
    ];
    for token in &forged {
        check_in(&admin, token).await.refused(400, "INVALID_ARGUMENT").naming("token");
    }
    check_in(&admin, &good).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_scans_and_does_nothing_else() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Scanned", 2).await;
    let (ann, scanner) = (mesh.customer("ann").await, mesh.with_role("scanner", "SCANNER").await);
    let booking = booked(&ann, &event.tickets[..1]).await;

    check_in(&ann, &token(&booking, 0)).await.refused(403, "FORBIDDEN");
    check_in(&mesh.guest(), &token(&booking, 0)).await.refused(401, "UNAUTHENTICATED");
    let before = mesh.database.fingerprint().await;
    for door in ADMIN {
        knock(&scanner, door).await.refused(403, "FORBIDDEN");
    }
    let path = format!("/v1/booking/{}", booking["booking_id"].as_str().unwrap());
    scanner.get(&path).await.refused(404, "UNKNOWN_BOOKING");
    assert_eq!(mesh.database.fingerprint().await, before);
    check_in(&scanner, &token(&booking, 0)).await.ok();
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_doors_admit_one_guest_once() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Both doors", 8).await;
    let (ann, scanner) = (mesh.customer("ann").await, mesh.with_role("scanner", "SCANNER").await);
    let booking = booked(&ann, &event.tickets).await;
    for seat in 0..event.tickets.len() {
        let shown = (0..8).map(|n| {
            let (door, token) = (if n % 2 == 0 { admin.clone() } else { scanner.clone() }, token(&booking, seat));
            tokio::spawn(async move { check_in(&door, &token).await })
        });
        let answers: Vec<_> = join_all(shown).await.into_iter().map(Result::unwrap).collect();
        let admitted: Vec<_> = answers.iter().filter(|answer| answer.reason() == "OK").collect();
        assert_eq!(admitted.len(), 1, "seat {seat}");
        let at = admitted[0].body["admitted_at"].as_str().unwrap();
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.reason(), "ALREADY_ADMITTED");
            assert_eq!(refused.metadata("admitted_at")[..19], at[..19]);
        }
    }
    mesh.audit().await;
    mesh.stop().await;
}

fn move_to(booking: &Value, from: i64, to: i64) -> Value {
    json!({"booking_id": booking["booking_id"], "from_ticket_id": from, "to_ticket_id": to, "reason": "broken chair"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_was_given_on_admits_its_new_owner_only() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Given on", 3).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    let anns = booked(&ann, &event.tickets[..1]).await;
    let body = move_to(&anns, event.tickets[0], event.tickets[1]);
    let moved = admin.post("/v1/boxoffice/reseat", &body).await.ok()["booking"].clone();
    let bobs = booked(&bob, &event.tickets[..1]).await;

    ticket(&ann, &anns, event.tickets[0], "").await.refused(400, "NOT_BOOKED");
    check_in(&admin, &token(&anns, 0)).await.refused(400, "NOT_BOOKED");
    assert_eq!(read_svg(&ticket(&ann, &moved, event.tickets[1], "").await.bytes), token(&moved, 0));
    check_in(&admin, &token(&moved, 0)).await.ok();
    check_in(&admin, &token(&bobs, 0)).await.ok();
    mesh.audit().await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_is_in_and_is_moved_lets_nobody_in_behind_them() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Moved inside", 3).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets[..1]).await;
    let admitted = check_in(&admin, &token(&booking, 0)).await.ok();
    let body = move_to(&booking, event.tickets[0], event.tickets[1]);
    let moved = admin.post("/v1/boxoffice/reseat", &body).await.ok()["booking"].clone();
    let again = check_in(&admin, &token(&moved, 0)).await.refused(400, "ALREADY_ADMITTED");
    assert_eq!(again.metadata("admitted_at")[..19], admitted["admitted_at"].as_str().unwrap()[..19]);
    let back = move_to(&booking, event.tickets[1], event.tickets[0]);
    let back = admin.post("/v1/boxoffice/reseat", &back).await.ok()["booking"].clone();
    check_in(&admin, &token(&back, 0)).await.refused(400, "ALREADY_ADMITTED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_an_older_key_admit_while_it_is_on_the_list() {
    let older = SigningKey::from_pem(&generate_pem().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("older.pub.pem");
    // As `openssl pkey -pubout` writes it: RFC 8410.
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let der = [&head[..], &BASE64URL_NOPAD.decode(older.public().x.as_bytes()).unwrap()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&der));
    std::fs::write(&file, pem).unwrap();

    let mesh = Mesh::start_with(&[("ticket-verifying-key-files", file.to_str().unwrap())]).await;
    let (admin, event) = mesh.on_sale("Rotated", 2).await;
    let ann = mesh.customer("ann").await;
    let booking = booked(&ann, &event.tickets).await;
    let keys = keys(&mesh).await;
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1].kid, older.public().kid);

    let new = TicketToken::verify(&token(&booking, 0), &keys[..1]).unwrap();
    let printed = new.sign(&older).unwrap();
    assert_eq!(TicketToken::verify(&printed, &keys).unwrap(), new);
    check_in(&admin, &printed).await.ok();
    check_in(&admin, &token(&booking, 0)).await.refused(400, "ALREADY_ADMITTED");
    check_in(&admin, &token(&booking, 1)).await.ok();
    mesh.stop().await;
}
