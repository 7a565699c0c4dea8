use std::time::Duration;

use usher::id::EventId;
use uuid::Uuid;

use super::*;
use crate::tickets::{CUSTOMER_SEATS_MAX, Tickets};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3_600);

fn wish(user_id: i64) -> (Waiting, oneshot::Receiver<Answer>) {
    let (answer, answered) = oneshot::channel();
    let ticket = EventId::new(7).and_then(|event| event.ticket(user_id)).unwrap().get();
    let tickets = Tickets::new(&[ticket], CUSTOMER_SEATS_MAX).unwrap();
    let wish = Wish { user_id, tickets, reservation: Uuid::new_v4(), pass_until: None };
    (Waiting::Wish(wish, answer, Instant::now()), answered)
}

/// A queue with so many wishes in it; the callers wait until they are dropped.
fn queue(wishes: i64) -> (Sender<Waiting>, Receiver<Waiting>, Vec<oneshot::Receiver<Answer>>) {
    let (entrance, queue) = async_channel::bounded(1_000);
    let callers = (1..=wishes).map(|user| {
        let (waiting, answered) = wish(user);
        entrance.try_send(waiting).unwrap();
        answered
    });
    let callers = callers.collect();
    (entrance, queue, callers)
}

/// Lets what can run, run.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn idle_one_wish_is_a_batch() {
    let (_entrance, queue, _callers) = queue(1);
    let batch = gather(&queue, &Pace::new(FOR_EVER)).await.unwrap();
    assert_eq!(batch.wishes.len(), 1);
}

#[tokio::test]
async fn beside_a_large_batch_a_trickle_waits_for_its_end_and_takes_along_who_came_meanwhile() {
    let (entrance, queue, _callers) = queue(1);
    let pace = Pace::new(FOR_EVER);
    let large = pace.begin(100);
    let gathering = tokio::spawn({
        let pace = pace.clone();
        async move { gather(&queue, &pace).await.unwrap().wishes.len() }
    });
    settle().await;
    assert!(!gathering.is_finished());
    let (later, _answered) = wish(2);
    entrance.try_send(later).unwrap();
    settle().await;
    assert!(!gathering.is_finished(), "two are a trickle still");
    drop(large);
    assert_eq!(gathering.await.unwrap(), 2);
}

#[tokio::test]
async fn beside_a_large_batch_half_as_many_begin_at_once() {
    let (_entrance, queue, _callers) = queue(50);
    let pace = Pace::new(FOR_EVER);
    let _large = pace.begin(100);
    assert_eq!(gather(&queue, &pace).await.unwrap().wishes.len(), 50);
}

#[tokio::test]
async fn a_batch_that_does_not_end_holds_nobody_up_for_long() {
    let (_entrance, queue, _callers) = queue(1);
    let pace = Pace::new(Duration::from_millis(1));
    let _stuck = pace.begin(100);
    assert_eq!(gather(&queue, &pace).await.unwrap().wishes.len(), 1);
}

#[tokio::test]
async fn a_batch_ends_at_what_the_house_does_and_leaves_the_rest_to_the_next() {
    let (entrance, queue, _callers) = queue(2);
    entrance.try_send(Waiting::House(Box::pin(async {}))).unwrap();
    let (behind, _answered) = wish(3);
    entrance.try_send(behind).unwrap();
    let pace = Pace::new(FOR_EVER);
    let _large = pace.begin(100);
    let first = gather(&queue, &pace).await.unwrap();
    assert_eq!((first.wishes.len(), first.behind.is_some()), (2, true), "the house does not wait for more wishes");
    let next = gather(&queue, &Pace::new(FOR_EVER)).await.unwrap();
    assert_eq!((next.wishes.len(), next.behind.is_some()), (1, false));
}

#[tokio::test]
async fn a_batch_is_never_larger_than_it_may_be_and_who_went_away_is_not_in_it() {
    let (_entrance, queue, mut callers) = queue(200);
    callers.drain(..10);
    let batch = gather(&queue, &Pace::new(FOR_EVER)).await.unwrap();
    assert_eq!(batch.wishes.len(), BATCH_WISHES_MAX);
    assert_eq!(batch.wishes[0].user_id, 11, "in the order they came");
}
