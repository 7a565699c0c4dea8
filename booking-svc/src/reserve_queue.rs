//! The hot path: reserves wait in one queue, and a few workers each take what has gathered and run it as one
//! transaction. Idle, a wish starts at once; under load the batches grow by themselves. A transaction belongs to its
//! worker, so that a client that goes away leaves nothing half done. Knows nothing of payment.

use std::{pin::Pin, sync::Arc, time::Duration};

use async_channel::{Receiver, Sender, TrySendError};
use diesel_async::AsyncPgConnection;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use tokio_util::task::TaskTracker;
use usher::{
    contract::feed::SeatChange,
    database::{Database, TwoTrips, Work},
    feed::Publisher,
    id::EventId,
    trace::Span,
};

use crate::{
    batches::{EventOf, distinct, of_one, together},
    error::Error,
    funnel::{Batches, Holds},
    pace::Pace,
    reserve::{Facts, Reservation, Rules, Wish, decide},
    seat_feed,
    store::{about::Events, events::find_events, reservations::find_earlier, seats, take_seats::TakeSeats},
};

/// The most wishes in one transaction. Larger ones cost hardly less a wish, and those who wait behind them wait unevenly.
const BATCH_WISHES_MAX: usize = 128;
/// The longest that a few wishes wait for a larger batch beside them to end: about as long as one takes.
const GATHERED_FOR_MAX: Duration = Duration::from_millis(2);

type Answer = Result<Reservation, Error>;

enum Waiting {
    /// A customer's wish: shares a batch with those around it.
    Wish(Wish, Caller, Instant),
    /// What the house does with seats: a transaction of its own, in its turn.
    House(Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// Who waits, and where their request is in its trace.
struct Caller {
    answer: oneshot::Sender<Answer>,
    span: Span,
}

/// The queue's entrance. Cheap to clone. The workers end when the last one is dropped and the queue is empty.
#[derive(Clone)]
pub struct ReserveQueue {
    entrance: Sender<Waiting>,
}

/// How the queue is run.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many workers.
    pub workers: u32,
    /// How many wishes may wait.
    pub waiting_max: u32,
    /// What is decided by.
    pub rules: Rules,
    /// Whether each transaction is of one event.
    pub sharded: bool,
}

impl ReserveQueue {
    /// Starts the workers under `tasks`.
    pub fn start(database: &Database, feed: &Publisher, settings: Settings, tasks: &TaskTracker) -> Self {
        let (entrance, queue) = async_channel::bounded(settings.waiting_max as usize);
        let pace = Pace::new(GATHERED_FOR_MAX);
        for _ in 0..settings.workers {
            tasks.spawn(work(database.clone(), feed.clone(), queue.clone(), pace.clone(), settings));
        }
        Self { entrance }
    }

    /// Queues the wish and waits for its answer. A full queue refuses at once.
    pub async fn reserve(&self, wish: Wish) -> Answer {
        self.submit(wish)?.answer().await
    }

    /// Queues the wish: those that are queued before one of them is waited for share a batch. A full queue refuses at
    /// once.
    pub fn submit(&self, wish: Wish) -> Result<Queued, Error> {
        let (answer, answered) = oneshot::channel();
        self.enter(Waiting::Wish(wish, Caller { answer, span: Span::current() }, Instant::now()))?;
        Ok(Queued { answered })
    }

    /// Runs what the house does with seats when its turn comes: behind the wishes that came before, and before those that
    /// come later. A full queue refuses at once.
    pub async fn in_turn<T, W>(&self, work: W) -> Result<T, Error>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (done, result) = oneshot::channel();
        let work = async move {
            // Nobody waits any more: what was not begun is not done.
            if !done.is_closed() {
                let _ = done.send(work.await);
            }
        };
        self.enter(Waiting::House(Box::pin(Span::current().around(work))))?;
        result.await.unwrap_or(Err(Error::Stopping))
    }

    fn enter(&self, waiting: Waiting) -> Result<(), Error> {
        self.entrance.try_send(waiting).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::QueueFull,
            TrySendError::Closed(_) => Error::Stopping,
        })
    }
}

/// A wish in the queue. Whoever drops it withdraws the wish, unless its batch has begun.
#[derive(Debug)]
pub struct Queued {
    answered: oneshot::Receiver<Answer>,
}

impl Queued {
    /// What became of the wish.
    pub async fn answer(self) -> Answer {
        self.answered.await.unwrap_or(Err(Error::Stopping))
    }
}

async fn work(database: Database, feed: Publisher, queue: Receiver<Waiting>, pace: Pace, settings: Settings) {
    let event: Option<EventOf<Wish>> = settings.sharded.then_some(|wish| wish.tickets.event());
    let run = |wishes: Arc<[Wish]>| {
        let together = Together { event: of_one(event, &wishes), wishes, rules: settings.rules };
        let (database, feed) = (&database, &feed);
        async move { seat_feed::tell(feed, database.two_trips(together).await) }
    };
    let (batches, holds) = (Batches::of("reserve"), Holds::new());
    while let Some(Batch { wishes, callers, waited_since, behind }) = gather(&queue, &pace).await {
        if !wishes.is_empty() {
            let under_way = pace.begin(wishes.len());
            let begun = batches.begin(wishes.len(), waited_since, queue.len());
            let span = Span::shared("reserve batch", callers.iter().map(|caller| &caller.span));
            let answers = span.around(together(wishes, event, run)).await;
            span.end();
            drop(under_way);
            begun.end();
            holds.count(&answers);
            callers.into_iter().zip(answers).for_each(|(caller, answer)| tell(caller, answer));
        }
        if let Some(house) = behind {
            house.await;
        }
    }
}

#[derive(Default)]
struct Batch {
    wishes: Vec<Wish>,
    callers: Vec<Caller>,
    /// Since when the first of them has waited.
    waited_since: Option<Instant>,
    /// What the house does once the wishes are answered; nobody is behind it in this batch.
    behind: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Batch {
    /// Without those who no longer wait.
    fn add(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Wish(_, caller, _) if caller.answer.is_closed() => {}
            Waiting::Wish(wish, caller, since) => {
                self.waited_since.get_or_insert(since);
                self.wishes.push(wish);
                self.callers.push(caller);
            }
            Waiting::House(work) => self.behind = Some(work),
        }
    }

    fn has_room(&self) -> bool {
        self.behind.is_none() && self.wishes.len() < BATCH_WISHES_MAX
    }
}

/// The next batch: what has gathered, up to something of the house's. Idle, one wish is enough; beside other batches it
/// keeps to `pace`. `None` once the queue has ended.
async fn gather(queue: &Receiver<Waiting>, pace: &Pace) -> Option<Batch> {
    let _turn = pace.turn().await;
    let mut batch = Batch::default();
    batch.add(queue.recv().await.ok()?);
    take(&mut batch, queue);
    if batch.has_room() && batch.wishes.len() < pace.least() {
        // Elapsed: it begins as it is.
        let _ = timeout(pace.gathered_for_max(), until_whole(&mut batch, queue, pace)).await;
    }
    Some(batch)
}

async fn until_whole(batch: &mut Batch, queue: &Receiver<Waiting>, pace: &Pace) {
    while batch.has_room() && batch.wishes.len() < pace.least() {
        tokio::select! {
            () = pace.ended() => {}
            next = queue.recv() => match next {
                Ok(waiting) => batch.add(waiting),
                Err(_) => return,
            },
        }
        take(batch, queue);
    }
}

/// What waits by now.
fn take(batch: &mut Batch, queue: &Receiver<Waiting>) {
    while batch.has_room() {
        let Ok(waiting) = queue.try_recv() else { return };
        batch.add(waiting);
    }
}

/// Wishes that are answered in one transaction.
struct Together {
    wishes: Arc<[Wish]>,
    rules: Rules,
    /// The one event that all are of.
    event: Option<EventId>,
}

impl TwoTrips for Together {
    type Facts = Facts;
    type Write = TakeSeats;
    type Answer = (Vec<Answer>, Vec<SeatChange>);
    type Error = Error;

    fn read<'a>(&'a self, conn: &'a AsyncPgConnection) -> Work<'a, Facts, Error> {
        Box::pin(async move {
            let tickets = distinct(self.wishes.iter().flat_map(|wish| wish.tickets.numbers()));
            let events = distinct(self.wishes.iter().map(|wish| wish.tickets.event().get()));
            let pairs = distinct(self.wishes.iter().map(|wish| (wish.tickets.event(), wish.user_id)));
            // Sent together, run in order: the clock is read once every seat is locked. Where one fails, those behind it
            // only know that the transaction is aborted: the first error is the true one.
            let (seats, events, earlier) = tokio::join!(
                seats::lock_seats(conn, &tickets, Events::of(self.event, &events)),
                find_events(conn, &events),
                find_earlier(conn, &pairs, self.event),
            );
            Ok(Facts { seats: seats?, events: events?, earlier: earlier? })
        })
    }

    fn decide(&self, facts: Facts) -> (Self::Answer, Option<TakeSeats>) {
        let (answers, taken) = decide(&self.wishes, facts, self.rules);
        let held = seat_feed::held(&taken, self.rules.hold_for);
        ((answers, held), (!taken.is_empty()).then(|| TakeSeats::new(&taken, self.event)))
    }

    fn write<'a>(&'a self, conn: &'a AsyncPgConnection, take: &'a TakeSeats) -> Work<'a, (), Error> {
        Box::pin(seats::take_seats(conn, take))
    }
}

/// A caller who went away meanwhile keeps the hold: repeating the request finds it.
fn tell(caller: Caller, answer: Answer) {
    let _ = caller.answer.send(answer);
}

#[cfg(test)]
mod tests;
