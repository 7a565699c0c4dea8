use std::collections::BTreeMap;

use futures::FutureExt as _;
use prost::Message as _;
use usher::contract::event::{GetEventResponse, WatchSeatsResponse, ticket::Status};

use super::{
    faces::Faces,
    messages::{self, Update},
    state::{Joined, State},
    *,
};
use crate::{
    board::{
        Board,
        tests::{at, change, map},
    },
    rpc::encode,
};

/// Seats 1 to 3, known.
fn state() -> State {
    let mut state = State::new(7);
    state.take_in(map(1..4), 0, at(0));
    state
}

/// Holds or frees seats in turn, at second `n` and each after it.
fn changes(n: std::ops::Range<i64>) -> impl Iterator<Item = Change> {
    n.map(|n| change(n % 3 + 1, (n % 2 == 0).then_some(9_000), n))
}

fn decoded(update: &Update) -> WatchSeatsResponse {
    WatchSeatsResponse::decode(update.bytes.clone()).unwrap()
}

fn versions(joined: &Joined) -> Vec<i64> {
    joined.first.iter().map(|update| update.version).collect()
}

#[tokio::test]
async fn who_falls_behind_gets_all_seats_and_nothing_is_queued() {
    let hub = Arc::new(Hub::new(EventId::new(1).unwrap(), CancellationToken::new()));
    hub.state().take_in(map(1..4), 0, at(0));
    let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    let joined = hub.join_anew().unwrap();
    let mut slow = Watcher::new(Arc::clone(&hub), joined, Duration::from_secs(60), CancellationToken::new(), place);
    let first = slow.next().await.unwrap();
    for change in changes(1..1_000) {
        hub.apply(&[change], at(1_000));
    }
    let all = decoded(&slow.next().await.unwrap());
    assert!(all.snapshot && all.version > first.version + 64);
    let truth: BTreeMap<_, _> = [(1, Status::Available), (2, Status::Reserved), (3, Status::Available)].into();
    let shown: BTreeMap<_, _> = all.tickets.iter().map(|seat| (seat.ticket_id, seat.status())).collect();
    assert_eq!(shown, truth_after(1_000, truth));
    assert!(slow.next().now_or_never().is_none(), "no more is kept for them");
    hub.apply(&[change(1, None, 2_000), change(2, None, 2_000), change(3, None, 2_000)], at(2_000));
    assert_eq!(slow.next().await.unwrap().version, all.version + 1, "and it goes on from there");
    hub.gone.cancel();
    assert!(slow.next().await.is_none());
}

/// How the seats stand before second `end`, if they stood as `before`.
fn truth_after(end: i64, mut before: BTreeMap<i64, Status>) -> BTreeMap<i64, Status> {
    for change in changes(1..end) {
        let held = change.standing.held_until.is_some();
        before.insert(change.ticket_id, if held { Status::Reserved } else { Status::Available });
    }
    before
}

#[test]
fn answers_are_what_the_contracts_messages_would_be() {
    let mut map = map(1..4);
    (map.seats[0].price, map.seats[1].x, map.seats[2].section) = (0, -2.5, "Stalls".to_owned());
    let mut board = Board::new(map);
    board.apply(&[change(2, Some(9_000), 1)], at(1));
    let faces = Faces::of(&board);
    for since in [None, Some(at(7))] {
        let message = GetEventResponse {
            event: Some(encode::event(&board)),
            tickets: board.all().map(encode::ticket).collect(),
            stale: since.is_some(),
            as_of: since.map(Into::into),
        };
        assert_eq!(messages::view(&board, &faces, since).answer.message(), message.encode_to_vec());
    }
    for stale in [false, true] {
        let tickets = board.all().map(encode::ticket).collect();
        let all = WatchSeatsResponse { version: 5, snapshot: true, tickets, stale };
        assert_eq!(messages::snapshot(&board, &faces, 5, stale).bytes, all.encode_to_vec());
        let tickets = board.get(1).map(encode::ticket).into_iter().collect();
        let one = WatchSeatsResponse { version: 6, snapshot: false, tickets, stale };
        assert_eq!(messages::delta(&board, &faces, &[1], 6, stale).bytes, one.encode_to_vec());
    }
}

#[test]
fn what_was_missed_is_told_while_it_is_at_hand() {
    let mut state = state();
    let watching = state.join(0).unwrap();
    let left_at = watching.first[0].version;
    state.apply(&[change(1, Some(9_000), 1)], at(1));
    state.apply(&[change(2, Some(9_000), 2)], at(2));
    let back = state.join(left_at).unwrap();
    assert_eq!(versions(&back), [left_at + 1, left_at + 2, left_at + 2], "what was missed, and that the stream lives");
    assert_eq!(versions(&state.join(left_at + 2).unwrap()), [left_at + 2]);
    for elsewhere in [0, left_at - 1, left_at + 3, i64::MAX] {
        let joined = state.join(elsewhere).unwrap();
        assert!(decoded(&joined.first[0]).snapshot, "{elsewhere}");
    }
    // More seats than the house has: all at once are less.
    changes(3..20).for_each(|change| state.apply(&[change], at(20)));
    assert!(decoded(&state.join(left_at).unwrap().first[0]).snapshot);
}

#[test]
fn what_comes_before_the_first_reading_is_not_lost() {
    let mut state = State::new(7);
    state.apply(&[change(1, Some(9_000), 5)], at(5));
    assert!(state.join(0).is_none() && state.view(at(5), true).is_none());
    state.take_in(map(1..4), 0, at(6));
    let shown = GetEventResponse::decode(state.view(at(6), true).unwrap().answer.message()).unwrap();
    assert_eq!(shown.event.unwrap().remaining_ticket_count, 2);
    for n in 0..10_000 {
        State::apply(&mut state, &[change(1, Some(9_000), n)], at(6));
    }
    assert!(!state.is_flooded(), "once they are known, nothing gathers");
}

#[test]
fn a_view_has_the_same_tag_while_it_is_the_same() {
    let mut state = state();
    let first = state.view(at(0), true).unwrap();
    assert_eq!(state.view(at(1), true).unwrap(), first);
    state.apply(&[change(1, Some(50), 2)], at(2));
    let held = state.view(at(2), true).unwrap();
    assert_ne!(held.tag, first.tag);
    assert_eq!(state.view(at(50), true).unwrap().tag, first.tag, "the hold has lapsed meanwhile");
    let old = state.view(at(51), false).unwrap();
    assert!(old.is_stale && old.tag != first.tag);
    let said = GetEventResponse::decode(old.answer.message()).unwrap();
    assert!(said.stale && said.as_of.is_some());
}

#[test]
fn a_failed_reading_is_told_to_watchers_and_so_is_its_end() {
    let mut state = state();
    let mut watching = state.join(0).unwrap();
    let mut heard = || decoded(&watching.updates.try_recv().unwrap());
    state.fail(Refusal::unavailable("no database", Duration::from_secs(1)));
    state.fail(Refusal::unavailable("no database", Duration::from_secs(1)));
    let told = heard();
    assert!(told.stale && told.tickets.is_empty());
    state.take_in(map(1..4), 0, at(9));
    assert!(!heard().stale, "told once each");
}

/// Neither does a gap in the feed take away what is known, nor is it shown as if nothing had happened.
#[tokio::test]
async fn what_is_doubted_is_shown_as_stale_until_it_was_read_again() {
    let flags = ["test", "--database-url=postgres://nobody@127.0.0.1:1/nothing", "--listen-addr=127.0.0.1:0"];
    let config: crate::Config = clap::Parser::try_parse_from(flags).unwrap();
    let shared = Shared {
        database: Database::new(&config.database),
        clock: DatabaseClock::default(),
        settings: config.live(),
        readers: Semaphore::new(1),
        listens: AtomicBool::new(true),
    };
    let hub = Hub::new(EventId::new(1).unwrap(), CancellationToken::new());
    hub.state().take_in(map(1..4), 0, at(0));
    assert!(!hub.view(&shared).await.unwrap().is_stale);
    hub.refresh(false);
    assert!(hub.view(&shared).await.unwrap().is_stale, "nobody reads it anew here");
    hub.state().take_in(map(1..4), 0, at(1));
    assert!(hub.view(&shared).await.unwrap().is_stale, "that reading began before the gap");
    hub.state().take_in(map(1..4), 1, at(2));
    assert!(!hub.view(&shared).await.unwrap().is_stale);
}
