//! Wishes for the best seats wait here; a worker takes what has gathered, reads each event's seats once, chooses for
//! each wish in order of arrival, and hands every choice to the reserve queue as an ordinary wish. Whoever lost a seat
//! to somebody else meanwhile is chosen for again. Holds nothing itself, and knows no rule of Reserve.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use async_channel::{Receiver, Sender, TrySendError};
use diesel_async::AsyncPgConnection;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use usher::{database::Database, id::EventId, reason::Refusal, trace::Span};
use uuid::Uuid;

use crate::{
    best::House,
    best_round::{BestWish, Round},
    error::Error,
    reserve::{Earlier, Reservation},
    reserve_queue::{Queued, ReserveQueue},
    seat::Event,
    store::{
        events::find_events,
        places::{self, PlaceRow},
        reservations::find_earlier,
    },
    tickets::{CUSTOMER_SEATS_MAX, Tickets},
};

/// How many workers. An event's wishes all go to the same one, so that no two choose the same seats; a busy event
/// keeps only those waiting that share its worker.
const WORKERS: usize = 4;
/// How many wishes may wait for one worker: a few seconds of its work.
const WAITING_MAX: usize = 1_024;
/// The most wishes in one round: each takes up to half a millisecond to choose for, in a house of 20,000 seats.
const ROUND_WISHES_MAX: usize = 128;
/// How often a wish is chosen for before it is refused. Each round that it loses, others won.
const ROUNDS_MAX: u32 = 8;

type Answer = Result<Reservation, Error>;

struct Waiting {
    wish: BestWish,
    /// How often it was chosen for.
    rounds: u32,
    /// Where the request is in its trace.
    span: Span,
    answer: oneshot::Sender<Answer>,
}

/// The queue's entrance. Cheap to clone. The workers end when the last one is dropped and nobody waits.
#[derive(Clone)]
pub struct BestQueue {
    entrances: Arc<[Sender<Waiting>]>,
}

impl BestQueue {
    /// Starts the workers under `tasks`. What they choose goes to `reserves`.
    pub fn start(database: &Database, reserves: &ReserveQueue, tasks: &TaskTracker) -> Self {
        let entrances = (0..WORKERS).map(|_| {
            let (entrance, queue) = async_channel::bounded(WAITING_MAX);
            tasks.spawn(work(database.clone(), reserves.clone(), queue));
            entrance
        });
        Self { entrances: entrances.collect() }
    }

    /// Queues the wish and waits for its answer. A full queue refuses at once.
    pub async fn reserve(&self, wish: BestWish) -> Answer {
        let (answer, answered) = oneshot::channel();
        let worker = usize::try_from(wish.event.get()).unwrap_or_default() % WORKERS;
        self.entrances[worker].try_send(Waiting { wish, rounds: 0, span: Span::current(), answer }).map_err(
            |refused| match refused {
                TrySendError::Full(_) => Error::QueueFull,
                TrySendError::Closed(_) => Error::Stopping,
            },
        )?;
        answered.await.unwrap_or(Err(Error::Stopping))
    }
}

async fn work(database: Database, reserves: ReserveQueue, queue: Receiver<Waiting>) {
    let mut lost = Vec::new();
    while let Some(round) = gather(lost, &queue).await {
        let mut events: BTreeMap<EventId, Vec<Waiting>> = BTreeMap::new();
        for waiting in round {
            events.entry(waiting.wish.event).or_default().push(waiting);
        }
        let mut proposed = Vec::new();
        for (event, wishes) in events {
            proposed.extend(propose(&database, &reserves, event, wishes).await);
        }
        lost = settle(proposed).await;
    }
}

/// Those who lost, and who has gathered behind them; without those who no longer wait. `None` once the queue is at its
/// end.
async fn gather(lost: Vec<Waiting>, queue: &Receiver<Waiting>) -> Option<Vec<Waiting>> {
    let mut round = lost;
    if round.is_empty() {
        round.push(queue.recv().await.ok()?);
    }
    let room = ROUND_WISHES_MAX.saturating_sub(round.len());
    round.extend(std::iter::from_fn(|| queue.try_recv().ok()).take(room));
    round.retain(|waiting| !waiting.answer.is_closed());
    Some(round)
}

/// Chooses for each of the `wishes` and queues what was chosen; who can't be served is told so.
async fn propose(
    database: &Database,
    reserves: &ReserveQueue,
    event: EventId,
    wishes: Vec<Waiting>,
) -> Vec<(Waiting, Queued)> {
    let span = Span::shared("best seats round", wishes.iter().map(|waiting| &waiting.span));
    let mut round = match span.around(look(database, event, &wishes)).await {
        Ok(round) => round,
        Err(error) => {
            let refusal = Refusal::from(error);
            for waiting in wishes {
                tell(waiting, Err(Error::Refused(refusal.clone())));
            }
            return Vec::new();
        }
    };
    let mut proposed = Vec::with_capacity(wishes.len());
    for mut waiting in wishes {
        waiting.rounds += 1;
        let chosen = round.propose(&waiting.wish);
        match chosen.and_then(|wish| waiting.span.within(|| reserves.submit(wish))) {
            Ok(queued) => proposed.push((waiting, queued)),
            Err(error) => tell(waiting, Err(error)),
        }
        // A choice is work without a pause: in between, others use the thread.
        tokio::task::yield_now().await;
    }
    proposed
}

/// The event as it stands. What is free here may be taken in a moment; the reserve queue finds that out.
async fn look(database: &Database, event: EventId, wishes: &[Waiting]) -> Result<Round, Error> {
    let repeatable = wishes.iter().map(|waiting| &waiting.wish).filter(|wish| wish.repeatable);
    let users: BTreeSet<_> = repeatable.map(|wish| (event, wish.user_id)).collect();
    let users: Arc<[_]> = users.into_iter().collect();
    let read = database.read_primary(move |conn| {
        let users = Arc::clone(&users);
        Box::pin(async move {
            let shared: &AsyncPgConnection = conn;
            let events = [event.get()];
            // Sent together, run in order.
            tokio::try_join!(
                find_events(shared, &events),
                places::find_focal(shared, event),
                find_earlier(shared, &users, Some(event)),
                places::list_places(shared, event),
            )
        })
    });
    let (mut events, focal, earlier, places) = read.await?;
    let (Some(found), Some(focal)) = (events.remove(&event), focal) else { return Err(Error::UnknownEvent(event)) };
    Ok(Round { house: house(places, focal, &found)?, proposed: named(earlier)?, event: found })
}

fn house(places: Vec<PlaceRow>, focal: (f32, f32), event: &Event) -> Result<House, Error> {
    let places = places.into_iter().map(|place| place.at(event.now)).collect::<Result<Vec<_>, _>>()?;
    Ok(House::new(places, focal))
}

/// What each user was granted before, by user and reservation.
fn named(earlier: HashMap<(EventId, i64), Vec<Earlier>>) -> Result<HashMap<(i64, Uuid), Tickets>, Error> {
    let all = earlier.into_iter().flat_map(|((_, user), own)| own.into_iter().map(move |earlier| (user, earlier)));
    let named = all.map(|(user, Earlier { id, ticket_ids, .. })| {
        let tickets = Tickets::new(&ticket_ids, CUSTOMER_SEATS_MAX);
        Ok(((user, id), tickets.map_err(|wrong| Error::Defect(format!("reservation {id}: {wrong}")))?))
    });
    named.collect()
}

/// Tells each what became of their wish; answers those who lost a seat and are chosen for again.
async fn settle(proposed: Vec<(Waiting, Queued)>) -> Vec<Waiting> {
    let mut lost = Vec::new();
    for (waiting, queued) in proposed {
        match queued.answer().await {
            Err(Error::SeatTaken(..)) if waiting.rounds < ROUNDS_MAX => lost.push(waiting),
            // The same request was granted other seats elsewhere meanwhile: the next look finds them.
            Err(Error::RequestIdReused) if waiting.wish.repeatable && waiting.rounds < ROUNDS_MAX => lost.push(waiting),
            Err(Error::SeatTaken(..)) => tell(waiting, Err(Error::Outrun)),
            answer => tell(waiting, answer),
        }
    }
    lost
}

/// A caller who went away meanwhile keeps the hold: repeating the request finds it.
fn tell(waiting: Waiting, answer: Answer) {
    let _ = waiting.answer.send(answer);
}
