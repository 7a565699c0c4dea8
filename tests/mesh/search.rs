//! Finding events: words, filters, pages, and the cache before them.

use serde_json::{Value, json};

use crate::harness::{Client, Mesh, house, in_days};

async fn names(client: &Client, query: &str) -> Vec<String> {
    let found = client.get(&format!("/v1/search?{query}")).await.ok();
    let events = found["events"].as_array().unwrap();
    events.iter().map(|event| event["event_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_words_time_and_place() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let (theater_id, screen_id) = house::theater(&admin, "Roundhouse", 3).await;
    let (_, other_screen) = house::theater(&admin, "Barbican", 2).await;
    let shows = [("The Tempest", 1, screen_id), ("Hamlet", 5, screen_id), ("Tempest 100%", 9, other_screen)];
    for (name, days, screen) in shows {
        let event = json!({
            "event_name": name, "description": "A play in_verse.", "category": "Drama", "screen_id": screen,
            "start_time": in_days(days), "currency": "GBP",
        });
        admin.post("/v1/update/event", &event).await.ok();
    }
    let guest = mesh.guest();
    mesh.eventually("the replica has them", || async { names(&guest, "page=1").await.len() == 3 }).await;

    assert_eq!(names(&guest, "query=TEMPEST").await, ["The Tempest", "Tempest 100%"], "equally good: soonest first");
    assert_eq!(names(&guest, "query=tempest%20roundhouse").await, ["The Tempest"], "every word must be found");
    assert_eq!(names(&guest, "query=100%25").await, ["Tempest 100%"], "marks say nothing");
    assert_eq!(names(&guest, "query=in_verse").await.len(), 3, "what is no letter parts words");
    assert_eq!(names(&guest, "query=xylophone").await, [""; 0]);
    assert_eq!(names(&guest, &format!("theater_id={theater_id}")).await, ["The Tempest", "Hamlet"]);
    let between = format!("from={}&to={}", in_days(4), in_days(6));
    assert_eq!(names(&guest, &between).await, ["Hamlet"]);
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_the_service_have_one_form_of_words() {
    let mesh = Mesh::start().await;
    // The letters of European languages: Latin with its accents, Greek, Cyrillic, and what stands between words.
    let letters = ('\u{20}'..='\u{17f}').chain('\u{370}'..='\u{3ff}').chain('\u{400}'..='\u{45f}');
    // Signs that the database spells out, and nobody types.
    let letters = letters.filter(|letter| !matches!(letter, '©' | '®'));
    let texts: Vec<_> = letters.map(|letter| format!("a{letter}b {letter}{letter}")).collect();
    let keys = mesh.database.search_keys(&texts).await;
    let different = texts.iter().zip(&keys).filter(|(text, key)| search_svc::key(text) != **key);
    let different: Vec<_> = different.map(|(text, key)| (text, key, search_svc::key(text))).collect();
    assert!(different.is_empty(), "{} of {}: {different:?}", different.len(), texts.len());
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_counts_and_suggestions_say_what_there_is() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let (theater_id, screen_id) = house::theater(&admin, "Roundhouse", 3).await;
    let (_, other_screen) = house::theater(&admin, "Théâtre du Soleil", 2).await;
    let shows = [
        ("Hamlet", "Play", 1, screen_id),
        ("Hamlet, Prince of Denmark", "Play", 2, other_screen),
        ("La Bohème", "Opera", 3, screen_id),
    ];
    for (name, category, days, screen) in shows {
        let event = json!({
            "event_name": name, "description": "An evening.", "category": category, "screen_id": screen,
            "start_time": in_days(days), "currency": "GBP",
        });
        admin.post("/v1/update/event", &event).await.ok();
    }
    let guest = mesh.guest();
    mesh.eventually("the replica has them", || async { names(&guest, "page=1").await.len() == 3 }).await;

    assert_eq!(names(&guest, "category=opera").await, ["La Bohème"]);
    assert_eq!(names(&guest, "query=hamlet&theater_id=0&city=TESTVILLE").await.len(), 2);
    assert_eq!(names(&guest, "city=elsewhere").await, [""; 0]);
    assert_eq!(names(&guest, &format!("query=hamlet&theater_id={theater_id}")).await, ["Hamlet"]);
    assert_eq!(names(&guest, "price_min=1501").await, [""; 0]);
    assert_eq!(names(&guest, "price_min=1500&price_max=1500").await.len(), 3);
    guest.get("/v1/search?price_min=2&price_max=1").await.refused(400, "INVALID_ARGUMENT").naming("price_max");
    guest.get("/v1/search?query=%3F").await.refused(400, "INVALID_ARGUMENT").naming("query");

    let found = guest.get("/v1/search?query=hamlet&facets=true").await.ok();
    let counts = |of: &str| -> Vec<(String, String)> {
        let counts = found["facets"][of].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        counts.iter().map(|count| (text(&count["name"]), text(&count["count"]))).collect()
    };
    let is = |name: &str, count: &str| (name.to_owned(), count.to_owned());
    assert_eq!(counts("categories"), [is("Play", "2")]);
    assert_eq!(counts("theaters"), [is("Roundhouse", "1"), is("Théâtre du Soleil", "1")]);
    assert_eq!(counts("dates").len(), 2);

    let suggested = |typed: &str| {
        let (guest, typed) = (guest.clone(), typed.to_owned());
        async move {
            let answer = guest.get(&format!("/v1/suggest?query={typed}")).await.ok();
            let suggestions = answer["suggestions"].as_array().unwrap().clone();
            suggestions.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(suggested("h").await, ["Hamlet", "Hamlet, Prince of Denmark"]);
    assert_eq!(suggested("hamelt").await, ["Hamlet", "Hamlet, Prince of Denmark"], "a slip");
    assert_eq!(suggested("theatre%20du").await, ["Théâtre du Soleil"]);
    assert_eq!(suggested("boh").await, ["La Bohème"]);
    assert_eq!(suggested("op").await, ["Opera"]);
    guest.get("/v1/suggest").await.refused(400, "INVALID_ARGUMENT").naming("query");
    guest.get("/v1/suggest?query=h&limit=21").await.refused(400, "INVALID_ARGUMENT").naming("limit");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_found_when_that_is_asked() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Yesterday", 1).await;
    mesh.database.begin(&event).await;
    let guest = mesh.guest();
    mesh.eventually("it is found as past", || async {
        names(&guest, "query=yesterday&include_past=true").await == ["Yesterday"]
            && names(&guest, "query=yesterday").await.is_empty()
    })
    .await;
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_of_thirty_and_add_up() {
    let mesh = Mesh::start().await;
    let admin = mesh.admin().await;
    let (_, screen_id) = house::theater(&admin, "Paged", 1).await;
    for n in 0..35 {
        let event = json!({
            "event_name": format!("Night {n}"), "screen_id": screen_id, "start_time": in_days(n + 1), "currency": "GBP",
        });
        admin.post("/v1/update/event", &event).await.ok();
    }
    let guest = mesh.guest();
    let page = |n: i32| {
        let guest = guest.clone();
        async move { guest.get(&format!("/v1/search?query=night&page={n}")).await.ok() }
    };
    let ids = |page: &Value| -> Vec<i64> {
        page["events"].as_array().unwrap().iter().map(|event| house::id(&event["event_id"])).collect()
    };
    mesh.eventually("the replica has them", || async { page(1).await["total_count"] == "35" }).await;
    let (first, second, third) = (page(1).await, page(2).await, page(3).await);
    assert_eq!((ids(&first).len(), ids(&second).len(), ids(&third).len()), (30, 5, 0));
    assert_eq!((&second["page"], &second["total_pages"], &third["total_count"]), (&json!(2), &json!(2), &json!("35")));
    let mut all = [ids(&first), ids(&second)].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 35, "no event is on two pages");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_or_sold_is_told_truly() {
    let mesh = Mesh::start().await;
    let (_, event) = mesh.on_sale("Counted", 3).await;
    let ann = mesh.customer("ann").await;
    let reservation = ann.hold(&event.tickets[..1]).await;
    ann.book(&reservation, "pm_card_visa").await.ok();
    ann.hold(&event.tickets[1..2]).await;
    let guest = mesh.guest();
    let left = |n: i32| {
        let guest = guest.clone();
        async move { guest.get("/v1/search?query=counted").await.ok()["events"][0]["remaining_ticket_count"] == n }
    };
    mesh.eventually("one seat is left", || left(1)).await;
    mesh.database.lapse_holds(&event).await;
    mesh.eventually("a lapsed hold's seat is left, too", || left(2)).await;
    mesh.database.begin(&event).await;
    mesh.eventually("what has begun is no longer found", || async {
        guest.get("/v1/search?query=counted").await.ok()["total_count"] == "0"
    })
    .await;
    mesh.stop().await;
}
