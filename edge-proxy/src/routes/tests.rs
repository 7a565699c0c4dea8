//! The table against the design: every REST path is there, and is the right RPC.

use usher::contract::{
    access::Access,
    api::{HttpRule, http_rule::Pattern},
};

use super::*;

/// The REST surface as the design promises it, beside the edge's own pages.
const PROMISED: [(&str, &str, &str, Access); 36] = [
    ("GET", "/v1/search", "search.v1.SearchService.Search", Access::Public),
    ("GET", "/v1/suggest", "search.v1.SearchService.Suggest", Access::Public),
    ("GET", "/v1/event/{event_id}", "event.v1.EventService.GetEvent", Access::Public),
    ("GET", "/v1/events", "event.v1.EventService.ListEvents", Access::Public),
    ("GET", "/v1/screen/{screen_id}", "event.v1.EventService.GetScreen", Access::Admin),
    ("GET", "/v1/event/{event_id}/seats", "event.v1.EventService.WatchSeats", Access::Public),
    ("POST", "/v1/event/{event_id}/line", "event.v1.EventService.JoinLine", Access::SignedIn),
    ("GET", "/v1/theaters", "event.v1.EventService.ListTheaters", Access::Public),
    ("POST", "/v1/update/theater", "event.v1.EventService.UpdateTheater", Access::Admin),
    ("POST", "/v1/update/event", "event.v1.EventService.UpdateEvent", Access::Admin),
    ("POST", "/v1/update/ticket", "event.v1.EventService.UpdateTicket", Access::Admin),
    ("POST", "/v1/reserve", "booking.v1.BookingService.Reserve", Access::SignedIn),
    ("POST", "/v1/reserve/best", "booking.v1.BookingService.ReserveBest", Access::SignedIn),
    ("POST", "/v1/release", "booking.v1.BookingService.Release", Access::SignedIn),
    ("POST", "/v1/book", "booking.v1.BookingService.Book", Access::SignedIn),
    ("GET", "/v1/booking/{booking_id}", "booking.v1.BookingService.GetBooking", Access::SignedIn),
    ("GET", "/v1/bookings", "booking.v1.BookingService.ListBookings", Access::SignedIn),
    ("GET", "/v1/sales", "booking.v1.BookingService.ListSales", Access::Admin),
    ("GET", "/v1/event/{event_id}/taken", "booking.v1.BookingService.ListTakenSeats", Access::Admin),
    ("GET", "/v1/bookings/find", "booking.v1.BookingService.FindBookings", Access::Admin),
    ("POST", "/v1/cancel", "booking.v1.BookingService.Cancel", Access::SignedIn),
    ("POST", "/v1/boxoffice/block", "booking.v1.BookingService.BlockSeats", Access::Admin),
    ("POST", "/v1/boxoffice/sell", "booking.v1.BookingService.SellAtDoor", Access::Admin),
    ("POST", "/v1/boxoffice/reseat", "booking.v1.BookingService.Reseat", Access::Admin),
    ("POST", "/v1/boxoffice/refund", "booking.v1.BookingService.SettleRefund", Access::Admin),
    ("GET", "/v1/booking/{booking_id}/ticket/{ticket_id}", "booking.v1.BookingService.GetTicket", Access::SignedIn),
    ("GET", "/v1/ticket-keys", "booking.v1.BookingService.GetTicketKeys", Access::Public),
    ("POST", "/v1/checkin", "booking.v1.BookingService.CheckIn", Access::Scanner),
    ("POST", "/v1/payment/callback", "booking.v1.BookingService.PaymentCallback", Access::Public),
    ("POST", "/v1/signup", "account.v1.AccountService.SignUp", Access::Public),
    ("POST", "/v1/login", "account.v1.AccountService.LogIn", Access::Public),
    ("POST", "/v1/login/oidc", "account.v1.AccountService.LogInOidc", Access::Public),
    ("POST", "/v1/refresh", "account.v1.AccountService.Refresh", Access::Public),
    ("POST", "/v1/logout", "account.v1.AccountService.LogOut", Access::Public),
    ("GET", "/v1/me", "account.v1.AccountService.GetMe", Access::SignedIn),
    ("GET", "/.well-known/jwks.json", "account.v1.AccountService.GetJwks", Access::Public),
];

fn table() -> RouteTable {
    RouteTable::derive(&Descriptors::load().unwrap()).unwrap()
}

#[test]
fn every_promised_path_is_its_rpc_and_no_other_is_there() {
    let table = table();
    for (method, path, rpc, access) in PROMISED {
        let found = table.iter().find(|route| route.http_method() == method && route.path() == path);
        let found = found.unwrap_or_else(|| panic!("{method} {path} is missing"));
        assert_eq!((found.rpc(), found.access()), (format!("usher.{rpc}").as_str(), access), "{method} {path}");
    }
    assert_eq!(table.iter().count(), PROMISED.len());
}

#[test]
fn an_address_leads_to_its_route_with_its_variables() {
    let table = table();
    let Found::Route(route, variables) = table.find(&Method::GET, "/v1/event/7/seats") else {
        panic!("no route");
    };
    assert_eq!((route.rpc.method.name(), variables), ("WatchSeats", vec!["7"]));
    assert!(matches!(table.find(&Method::HEAD, "/v1/search"), Found::Route(..)));
    assert!(
        matches!(table.find(&Method::PUT, "/v1/search"), Found::OtherMethod(allowed) if allowed.iter().eq(&["GET", "HEAD"]))
    );
    assert!(matches!(table.find(&Method::GET, "/v1/search/"), Found::Nothing));
    assert!(matches!(table.find(&Method::GET, "*"), Found::Nothing));
}

#[test]
fn the_callbacks_body_is_raw_and_reserves_is_json() {
    let table = table();
    let body = |path| match table.find(&Method::POST, path) {
        Found::Route(route, _) => &route.body,
        other => panic!("{path}: {other:?}"),
    };
    assert!(matches!(body("/v1/payment/callback"), Body::Raw(Some(field)) if field.name() == "payload"));
    assert!(matches!(body("/v1/reserve"), Body::Whole));
}

#[test]
fn annotations_that_do_not_fit_are_refused() {
    let contract = Descriptors::load().unwrap();
    let method = contract.methods().find(|method| method.name() == "GetEvent").unwrap();
    let rpc = Arc::new(rpc(&contract, method).unwrap());
    let rule = |path: &str, body: &str| HttpRule {
        pattern: Some(Pattern::Get(path.to_owned())),
        body: body.to_owned(),
        ..HttpRule::default()
    };
    assert!(route(&rpc, &rule("/v1/event/{event_id}", "")).is_ok());
    assert!(matches!(route(&rpc, &rule("/v1/event/{id}", "")), Err(Error::Field { .. })));
    assert!(matches!(route(&rpc, &rule("/v1/event", "event")), Err(Error::Field { .. })));
    assert!(matches!(route(&rpc, &rule("v1/event", "")), Err(Error::Template { .. })));
    assert!(matches!(route(&rpc, &HttpRule::default()), Err(Error::Unsupported { .. })));

    let one = route(&rpc, &rule("/v1/event/{event_id}", "")).unwrap();
    let two = route(&rpc, &rule("/v1/event/{event_id}", "*")).unwrap();
    assert!(fights(&one, &two));
}
