//! Waiting rooms: who is let in, in which order, and that nobody gets around them.

use std::{collections::HashMap, time::Duration};

use chrono::DateTime;
use event_svc::{
    WaitingRoom,
    line::{Lines, keys},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use usher::{
    id::EventId,
    pass::{Bearer, PassConfig, PassKeys},
};

use crate::harness::{Client, Event, Mesh, OwnRedis, Setting, WAITING_ROOM_SECRET, in_days, redis};

async fn open_room(admin: &Client, event: &Event, room: Value) {
    admin.post("/v1/update/event", &json!({"event_id": event.id, "waiting_room": room})).await.ok();
}

async fn join(client: &Client, event: &Event) -> Value {
    client.post(&format!("/v1/event/{}/line", event.id), &json!({})).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_in_reserves_and_nobody_else() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Rush", 6).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    assert_eq!(join(&ann, &event).await["status"], "OPEN", "there is no waiting room yet");

    open_room(&admin, &event, json!({"admissions_per_minute": 1})).await;
    let shown = ann.get(&format!("/v1/event/{}", event.id)).await.ok();
    assert_eq!(shown["event"]["waiting_room"]["admissions_per_minute"], 1);
    let refused = ann.reserve(&event.tickets[..1]).await.refused(400, "PASS_REQUIRED");
    assert_eq!(refused.metadata("event_id"), event.id.to_string());
    ann.post("/v1/reserve/best", &json!({"event_id": event.id, "quantity": 1})).await.refused(400, "PASS_REQUIRED");

    // One is let in; the next one waits a minute, however often and from wherever they ask.
    let admitted = join(&ann, &event).await;
    assert_eq!(admitted["status"], "ADMITTED", "{admitted}");
    let waiting = join(&bob, &event).await;
    assert_eq!((&waiting["status"], &waiting["position"]), (&json!("WAITING"), &json!("1")), "{waiting}");
    let (tab, again) = tokio::join!(join(&bob, &event), join(&bob, &event));
    assert_eq!((&tab["position"], &again["position"]), (&json!("1"), &json!("1")));
    assert_eq!(join(&ann, &event).await["pass"], admitted["pass"], "a place is kept over a reload");

    // A pass is its account's, and good at its event.
    let pass = admitted["pass"].as_str().unwrap();
    let with = |tickets: &[i64], pass: &str| json!({"ticket_ids": tickets, "pass": pass});
    bob.post("/v1/reserve", &with(&event.tickets[..1], pass)).await.refused(400, "PASS_REQUIRED");
    let forged = format!("{}A", &pass[..pass.len() - 1]);
    if forged != pass {
        ann.post("/v1/reserve", &with(&event.tickets[..1], &forged)).await.refused(400, "PASS_REQUIRED");
    }
    ann.post("/v1/reserve", &with(&event.tickets[..1], pass)).await.ok();
    let best = json!({"event_id": event.id, "quantity": 2, "pass": pass});
    ann.post("/v1/reserve/best", &best).await.ok();

    let outdated = passes().sign(bearer(event.id, ann.user_id), 1_000_000_000).unwrap();
    ann.post("/v1/reserve", &with(&event.tickets[5..], &outdated)).await.refused(400, "PASS_REQUIRED");

    open_room(&admin, &event, json!({"admissions_per_minute": 0})).await;
    bob.post("/v1/reserve", &json!({"ticket_id": event.tickets[5]})).await.ok();
    mesh.guest().post(&format!("/v1/event/{}/line", event.id), &json!({})).await.refused(401, "UNAUTHENTICATED");
    mesh.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_before_the_opening_and_a_malformed_room_is_refused() {
    let mesh = Mesh::start().await;
    let (admin, event) = mesh.on_sale("Early", 2).await;
    let ann = mesh.customer("ann").await;
    let opens_at = in_days(1);
    open_room(&admin, &event, json!({"admissions_per_minute": 60, "opens_at": opens_at})).await;
    let place = join(&ann, &event).await;
    assert_eq!(place["status"], "EARLY", "{place}");
    assert!(place["pass"].as_str().is_none_or(str::is_empty) && !place["opens_at"].is_null(), "{place}");
    ann.reserve(&event.tickets[..1]).await.refused(400, "PASS_REQUIRED");
    let wrong = json!({"event_id": event.id, "waiting_room": {"admissions_per_minute": -1}});
    admin
        .post("/v1/update/event", &wrong)
        .await
        .refused(400, "INVALID_ARGUMENT")
        .naming("waiting_room.admissions_per_minute");
    ann.post("/v1/event/999999/line", &json!({})).await.refused(404, "UNKNOWN_EVENT");
    mesh.stop().await;
}

/// The line can't be kept without Redis: nobody is let past it, and passes that are out stay good.
#[tokio::test(flavor = "multi_thread")]
async fn without_redis_passes_stay_good_and_nobody_gets_a_new_one() {
    let mut own = OwnRedis::start().await;
    let mesh = Mesh::start_as(Setting { redis: Some(own.url()), ..Setting::default() }).await;
    let (admin, event) = mesh.on_sale("Outage", 2).await;
    let (ann, bob) = (mesh.customer("ann").await, mesh.customer("bob").await);
    open_room(&admin, &event, json!({"admissions_per_minute": 6_000})).await;
    let pass = join(&ann, &event).await["pass"].clone();
    own.kill();
    let path = format!("/v1/event/{}/line", event.id);
    bob.post(&path, &json!({})).await.refused(503, "UNAVAILABLE");
    ann.post("/v1/reserve", &json!({"ticket_id": event.tickets[0], "pass": pass})).await.ok();
    bob.reserve(&event.tickets[1..]).await.refused(400, "PASS_REQUIRED");
    own.restart().await;
    mesh.eventually("the line is back", || async { bob.post(&path, &json!({})).await.status == 200 }).await;
    mesh.stop().await;
}

/// A turn ends at the moment that its pass names: whoever asks then never gets the old pass again.
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_ends_when_its_pass_does() {
    let lines = Lines::new(&redis().await.into(), Duration::from_secs(25)).unwrap();
    let room = WaitingRoom { admissions_per_minute: 6, opens_at: None };
    let enter = async |micros: i64| {
        let standing = lines.enter_at(Some(OPENS * 1_000_000 + micros), bearer(8, 1), room, 0.5).await.unwrap();
        standing.admitted_at.map(|at| at - OPENS * 1_000_000)
    };
    assert_eq!(enter(900_000).await, Some(900_000));
    assert_eq!(enter(24_999_999).await, Some(900_000), "the pass is good until 25 s");
    assert_eq!(enter(25_000_000).await, Some(25_000_000), "a turn of its own");
}

fn passes() -> PassKeys {
    PassKeys::new(&PassConfig { waiting_room_secrets: vec![SecretString::from(WAITING_ROOM_SECRET)] })
}

fn bearer(event: i64, user_id: i64) -> Bearer {
    Bearer { event: EventId::new(event).unwrap(), user_id }
}

/// When the simulated room opens, in seconds since 1970.
const OPENS: i64 = 1_800_000_000;
const EARLY: i64 = 40_000;
const ARRIVALS: i64 = 100_000;
const PER_MINUTE: i32 = 6_000;

/// A hundred thousand arrive: two in five before the opening, the others in the ten minutes after it; a hundred a second
/// are let in. Played in the line's own time, on a real Redis.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_are_let_in_fairly() {
    let url = redis().await;
    let lines = Lines::new(&url.clone().into(), Duration::from_secs(86_400)).unwrap();
    let (passes, event) = (passes(), EventId::new(7).unwrap());
    let opens_at = DateTime::from_timestamp(OPENS, 0);
    let room = WaitingRoom { admissions_per_minute: PER_MINUTE, opens_at };
    let enter = async |user: i64, second: f64| {
        let bearer = bearer(7, user);
        #[expect(clippy::cast_possible_truncation, reason = "some minutes, in microseconds")]
        let now = OPENS * 1_000_000 + (second * 1e6) as i64;
        lines.enter_at(Some(now), bearer, room, passes.draw(bearer).unwrap()).await.unwrap()
    };
    // The first two in five come in the hour before; each second one comes a second time, from another tab.
    for user in 1..=EARLY {
        let second = -3_600.0 * (1.0 - f64::from(i32::try_from(user).unwrap()) / 40_001.0);
        let place = enter(user, second).await;
        assert_eq!(place.admitted_at, None, "nobody is let in before the opening");
        if user % 2 == 0 {
            assert_eq!(enter(user, second).await.ahead, place.ahead, "another tab is the same place");
        }
    }
    // The others come one after the other; it is they who move the line on.
    let gap = 600.0 / f64::from(i32::try_from(ARRIVALS - EARLY).unwrap());
    for user in EARLY + 1..=ARRIVALS {
        enter(user, gap * f64::from(i32::try_from(user - EARLY).unwrap())).await;
    }
    // Then only the last one asks, once a second, until the line is empty.
    let mut second = 600.0;
    while enter(ARRIVALS, second).await.admitted_at.is_none() {
        second += 1.0;
        assert!(second < 1_100.0, "the line stands still");
    }

    let client = redis::Client::open(url.as_str()).unwrap();
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(60)));
    let mut conn = client.get_multiplexed_async_connection_with_config(&patient).await.unwrap();
    let [waiting, admitted, _] = keys(event);
    let left: i64 = redis::cmd("ZCARD").arg(&waiting).query_async(&mut conn).await.unwrap();
    let admitted: Vec<(i64, f64)> =
        redis::cmd("ZRANGE").arg(&admitted).arg(0).arg(-1).arg("WITHSCORES").query_async(&mut conn).await.unwrap();
    assert_eq!((left, admitted.len()), (0, usize::try_from(ARRIVALS).unwrap()), "everybody is let in, once");
    let at: HashMap<i64, f64> =
        admitted.iter().map(|&(user, at)| (user, at / 1e6 - f64::from(i32::try_from(OPENS).unwrap()))).collect();

    // Never more than the rate allows, but for what may be made up for.
    let per_second = f64::from(PER_MINUTE) / 60.0;
    let mut times: Vec<_> = at.values().copied().collect();
    times.sort_by(f64::total_cmp);
    for (n, time) in times.iter().enumerate() {
        let let_in = f64::from(u32::try_from(n + 1).unwrap());
        assert!(let_in <= per_second * (time + 10.0) + 1.0, "{let_in} were let in within {time} s");
    }
    // Who came before the opening comes first; after that it is first come, first served.
    let last_early = (1..=EARLY).map(|user| at[&user]).fold(0.0, f64::max);
    let first_late = (EARLY + 1..=ARRIVALS).map(|user| at[&user]).fold(f64::MAX, f64::min);
    assert!(last_early <= first_late, "somebody who came later was let in before somebody who came early");
    for user in EARLY + 1..ARRIVALS {
        assert!(at[&user] <= at[&(user + 1)], "user {user} was overtaken");
    }
    // Before the opening it makes no difference when one came.
    let mean = |users: std::ops::RangeInclusive<i64>| {
        let count = f64::from(i32::try_from(users.clone().count()).unwrap());
        users.map(|user| at[&user]).sum::<f64>() / count
    };
    let (first_half, second_half) = (mean(1..=EARLY / 2), mean(EARLY / 2 + 1..=EARLY));
    assert!((first_half - second_half).abs() < 0.03 * last_early, "{first_half} s against {second_half} s");
}
