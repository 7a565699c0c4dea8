//! The hot path: reserves wait in one queue, and a few workers each take what has gathered and run it as one
//! transaction. Idle, a wish starts at once; under load the batches grow by themselves. A transaction belongs to its
//! worker, so that a client that goes away leaves nothing half done. Knows nothing of payment.

use std::sync::Arc;

use async_channel::{Receiver, Sender, TrySendError};
use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use usher::{database::Database, reason::Refusal};

use crate::{
    error::Error,
    reserve::{Reservation, Wish, decide},
    store::{events::find_events, seats},
};

/// The most wishes in one transaction: with ten seats each it locks 5,120 rows, some 20 ms of work, and nobody waits
/// behind it for longer than that.
const BATCH_WISHES_MAX: usize = 512;

type Answer = Result<Reservation, Error>;

struct Waiting {
    wish: Wish,
    answer: oneshot::Sender<Answer>,
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
    /// How long a hold lasts.
    pub hold_for: TimeDelta,
}

impl ReserveQueue {
    /// Starts the workers under `tasks`.
    pub fn start(database: &Database, settings: Settings, tasks: &TaskTracker) -> Self {
        let (entrance, queue) = async_channel::bounded(settings.waiting_max as usize);
        for _ in 0..settings.workers {
            tasks.spawn(work(database.clone(), queue.clone(), settings.hold_for));
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
        self.entrance.try_send(Waiting { wish, answer }).map_err(|refused| match refused {
            TrySendError::Full(_) => Error::QueueFull,
            TrySendError::Closed(_) => Error::Stopping,
        })?;
        Ok(Queued { answered })
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

async fn work(database: Database, queue: Receiver<Waiting>, hold_for: TimeDelta) {
    while let Ok(first) = queue.recv().await {
        let (wishes, callers) = gather(first, &queue);
        if wishes.is_empty() {
            continue;
        }
        match run(&database, wishes, hold_for).await {
            Ok(answers) => callers.into_iter().zip(answers).for_each(|(caller, answer)| tell(caller, answer)),
            Err(error) => {
                let refusal = Refusal::from(error);
                for caller in callers {
                    tell(caller, Err(Error::Refused(refusal.clone())));
                }
            }
        }
    }
}

/// What has gathered behind `first`, without those who no longer wait.
fn gather(first: Waiting, queue: &Receiver<Waiting>) -> (Vec<Wish>, Vec<oneshot::Sender<Answer>>) {
    let behind = std::iter::from_fn(|| queue.try_recv().ok()).take(BATCH_WISHES_MAX - 1);
    let batch = std::iter::once(first).chain(behind).filter(|waiting| !waiting.answer.is_closed());
    batch.map(|waiting| (waiting.wish, waiting.answer)).unzip()
}

async fn run(database: &Database, wishes: Vec<Wish>, hold_for: TimeDelta) -> Result<Vec<Answer>, Error> {
    let wishes: Arc<[Wish]> = wishes.into();
    let transaction = database.transaction(move |conn| {
        let wishes = Arc::clone(&wishes);
        Box::pin(async move {
            let mut tickets: Vec<_> = wishes.iter().flat_map(|wish| wish.tickets.numbers()).collect();
            let mut events: Vec<_> = wishes.iter().map(|wish| wish.tickets.event().get()).collect();
            tickets.sort_unstable();
            tickets.dedup();
            events.sort_unstable();
            events.dedup();
            // Sent together, run in order: the clock is read once every seat is locked.
            let shared: &AsyncPgConnection = conn;
            let (seats, events) =
                tokio::try_join!(seats::lock_seats(shared, &tickets, &events), find_events(shared, &events))?;
            let (answers, taken) = decide(&wishes, seats, &events, hold_for);
            if !taken.is_empty() {
                seats::take_seats(conn, &taken).await?;
            }
            Ok(answers)
        })
    });
    transaction.await
}

/// A caller who went away meanwhile keeps the hold: repeating the request finds it.
fn tell(caller: oneshot::Sender<Answer>, answer: Answer) {
    let _ = caller.send(answer);
}
