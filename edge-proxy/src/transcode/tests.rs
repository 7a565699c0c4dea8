//! The proto3 JSON mapping, rule by rule, on the contract's own messages.

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, Value};
use serde_json::{Value as Json, json};

use super::{Violations, encode, field, json, text};
use crate::descriptors::Descriptors;

fn message(name: &str) -> MessageDescriptor {
    Descriptors::load().unwrap().pool().get_message_by_name(&format!("usher.{name}")).unwrap()
}

fn decode(name: &str, json: Json) -> Result<DynamicMessage, Vec<(String, String)>> {
    let mut wrong = Violations::default();
    let decoded = json::message(&message(name), json, "", &mut wrong);
    wrong.into_result()?;
    let Some(Value::Message(decoded)) = decoded else { panic!("{decoded:?}") };
    Ok(decoded)
}

fn shown(name: &str, json: Json) -> Json {
    serde_json::from_slice(&encode(&decode(name, json).unwrap()).unwrap()).unwrap()
}

#[test]
fn numbers_of_64_bits_go_in_both_ways_and_come_out_as_strings() {
    let most = i64::MAX.to_string();
    for sent in [json!(i64::MAX), json!(most)] {
        assert_eq!(shown("booking.v1.ReserveRequest", json!({"ticket_id": sent}))["ticket_id"], most);
    }
    let whole = shown("booking.v1.ReserveRequest", json!({"ticket_ids": [1.0, "2", 3e2]}));
    assert_eq!(whole["ticket_ids"], json!(["1", "2", "300"]));
}

#[test]
fn names_go_in_both_ways_and_come_out_as_in_the_contract() {
    let sent = json!({"userId": 7, "auth_token": "t"});
    let shown = shown("booking.v1.ReserveRequest", sent);
    assert_eq!((&shown["user_id"], &shown["auth_token"]), (&json!("7"), &json!("t")));
    assert_eq!(shown["request_id"], "", "what has a value by default is shown");
}

#[test]
fn times_enums_and_options_have_their_own_forms() {
    let event = shown("event.v1.Event", json!({"start_time": "2030-01-01T01:00:00+01:00"}));
    assert_eq!(event["start_time"], "2030-01-01T00:00:00Z");
    assert_eq!(shown("event.v1.Ticket", json!({"status": "BOOKED"}))["status"], "BOOKED");
    assert_eq!(shown("event.v1.Ticket", json!({"status": 1}))["status"], "AVAILABLE");
    let unset = shown("event.v1.LayoutSeat", json!({}));
    assert!(unset.get("price").is_none(), "an option that is not set is not shown: {unset}");
    assert_eq!(shown("event.v1.LayoutSeat", json!({"price": 0}))["price"], "0");
    assert!(shown("event.v1.Event", json!({"start_time": null})).get("start_time").is_none());
}

#[test]
fn all_that_is_wrong_is_named_where_it_stands() {
    let reserve = "booking.v1.ReserveRequest";
    let cases = [
        (reserve, json!([]), "(body)"),
        (reserve, json!({"ticket_id": "A1"}), "ticket_id"),
        (reserve, json!({"ticket_id": 1.5}), "ticket_id"),
        (reserve, json!({"ticket_id": {}}), "ticket_id"),
        (reserve, json!({"ticket_id": true}), "ticket_id"),
        (reserve, json!({"ticket_id": "99999999999999999999"}), "ticket_id"),
        (reserve, json!({"ticket_ids": 5}), "ticket_ids"),
        (reserve, json!({"ticket_ids": [1, null, "x"]}), "ticket_ids[2]"),
        (reserve, json!({"request_id": 5}), "request_id"),
        (reserve, json!({"tikcet": 5}), "tikcet"),
        (reserve, json!({"ticketId": 5, "ticket_id": 5}), "ticket_id"),
        (reserve, json!({"ticketId": 0, "ticket_id": 5}), "ticket_id"),
        ("booking.v1.BookRequest", json!({"card_info": {"cvc": 1}}), "card_info.cvc"),
        ("booking.v1.BookRequest", json!({"card_info": "pm"}), "card_info"),
        ("event.v1.UpdateEventRequest", json!({"start_time": "tomorrow"}), "start_time"),
        ("event.v1.Ticket", json!({"status": "MAYBE"}), "status"),
        ("event.v1.Ticket", json!({"x": "wide"}), "x"),
        (
            "event.v1.UpdateTheaterRequest",
            json!({"screens": [{}, {"seats": [{"seat_no": 1}]}]}),
            "screens[1].seats[0].seat_no",
        ),
    ];
    for (name, json, field) in cases {
        let said = format!("{json}");
        let wrong = decode(name, json).unwrap_err();
        assert!(wrong.iter().any(|(at, why)| at == field && !why.is_empty()), "{said}: {wrong:?}");
    }
    let both = decode(reserve, json!({"a": 1, "user_id": "x"})).unwrap_err();
    assert_eq!(both.len(), 2, "one answer tells both: {both:?}");
}

#[test]
fn a_way_to_a_field_is_found_or_told() {
    let book = message("booking.v1.BookRequest");
    let way = field::resolve(&book, "card_info.payment_method").unwrap();
    assert_eq!(way.iter().map(FieldDescriptor::name).collect::<Vec<_>>(), ["card_info", "payment_method"]);
    assert!(field::resolve(&book, "card_info.cvc").unwrap_err().contains("payment_method"));
    assert!(field::resolve(&book, "request_id.x").is_err());
}

#[test]
fn text_is_read_as_its_field_is() {
    let ticket = message("event.v1.Ticket");
    let kind = |name: &str| ticket.get_field_by_name(name).unwrap().kind();
    assert!(text::value(&kind("ticket_id"), "12").is_ok() && text::value(&kind("ticket_id"), "1 2").is_err());
    assert!(text::value(&kind("status"), "2").is_ok() && text::value(&kind("status"), "9").is_err());
    assert!(text::value(&kind("x"), "1.5e1").is_ok() && text::value(&kind("x"), "inf").is_err());
    assert!(text::value(&kind("x"), "1e999").is_err() && text::value(&kind("x"), "-Infinity").is_ok());
}
