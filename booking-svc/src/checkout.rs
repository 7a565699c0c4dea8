//! Book, from the hold to the provider's word and back. Every step may be the last before a crash: what is left open
//! then, the reconciler takes up.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::task::TaskTracker;
use usher::{database::Database, feed::Publisher, id::EventId, trace::Span};
use uuid::Uuid;

use crate::{
    batches::{BatchQueue, EventOf, Settings},
    booking::Booking,
    callback::Kept,
    cancel::{Cancellation, cancel},
    error::Error,
    open::open,
    opening::{Opened, Opening},
    order::Order,
    policy::Quote,
    provider::{Charge, Outcome, Provider},
    refunding::{RefundFailure, Told, close_refund, fail_refund},
    settle::settle,
    settling::{Said, Settled},
    state::Status,
    store::{
        bookings, payment_events,
        refunds::{self, Due},
        seats,
    },
    view::{View, view, without_admissions},
};

/// How long Book waits for the provider's word before it answers PENDING.
pub const WAIT_MAX: Duration = Duration::from_secs(3);
/// How often Book looks whether a callback has come.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A refund that is older was told before.
const TOLD_BEFORE: TimeDelta = TimeDelta::minutes(1);
/// The most bookings in one transaction: nobody waits behind it for longer than some milliseconds.
const BATCH_MAX: usize = 128;

/// Takes customers through their payment. Cheap to clone.
#[derive(Clone)]
pub struct Checkout {
    pub(crate) database: Database,
    pub(crate) feed: Publisher,
    pub(crate) provider: Provider,
    /// When the reconciler may first look at a payment.
    pub(crate) check_after: TimeDelta,
    /// Bookings that are to be opened.
    pub(crate) openings: BatchQueue<Opening, Opened>,
    /// What was heard of payments.
    pub(crate) news: BatchQueue<Said, Option<Settled>>,
    /// Callbacks that are to be stored.
    pub(crate) callbacks: BatchQueue<Kept, bool>,
    /// Whether each transaction is of one event.
    pub(crate) sharded: bool,
    /// Calls to the provider under way: they outlive the request that began them.
    pub(crate) tasks: TaskTracker,
}

/// How the queues of a checkout are run.
pub struct Counter {
    /// The workers' own connections.
    pub(crate) database: Database,
    pub(crate) feed: Publisher,
    /// When the reconciler may first look at a payment.
    pub(crate) check_after: TimeDelta,
    /// How many workers for each queue.
    pub(crate) workers: u32,
    /// How many may wait in each.
    pub(crate) waiting_max: u32,
    /// Whether each transaction is of one event.
    pub(crate) sharded: bool,
}

impl Counter {
    const fn settings(&self, name: &'static str, span: &'static str) -> Settings {
        Settings { name, span, workers: self.workers, waiting_max: self.waiting_max, batch_max: BATCH_MAX }
    }

    /// Starts the workers that open bookings.
    pub fn openings(&self, tasks: &TaskTracker) -> BatchQueue<Opening, Opened> {
        let (database, feed, check_after) = (self.database.clone(), self.feed.clone(), self.check_after);
        let event: Option<EventOf<Opening>> = self.sharded.then_some(|opening| opening.order.tickets.event());
        BatchQueue::start(self.settings("open", "open batch"), tasks, event, move |openings| {
            let (database, feed) = (database.clone(), feed.clone());
            async move { open(&database, &feed, openings, check_after, event).await }
        })
    }

    /// Starts the workers that store callbacks; they answer whether one is still to be acted on.
    pub fn callbacks(&self, tasks: &TaskTracker) -> BatchQueue<Kept, bool> {
        let database = self.database.clone();
        BatchQueue::start(self.settings("callback", "callback batch"), tasks, None, move |callbacks| {
            store(database.clone(), callbacks)
        })
    }

    /// Starts the workers that take in what is heard of payments.
    pub fn news(&self, tasks: &TaskTracker) -> BatchQueue<Said, Option<Settled>> {
        let (database, feed) = (self.database.clone(), self.feed.clone());
        let event: Option<EventOf<Said>> = self.sharded.then_some(|said| said.event);
        BatchQueue::start(self.settings("settle", "settle batch"), tasks, event, move |said| {
            let (database, feed) = (database.clone(), feed.clone());
            async move { settle(&database, &feed, said, event).await }
        })
    }
}

impl Checkout {
    /// Pays for the order's seats. Answers the booking as it stands after at most `wait`: BOOKED, PENDING, or
    /// [`Error::PaymentDeclined`] with the seats still held.
    pub async fn book(&self, order: Order, wait: Duration) -> Result<View, Error> {
        let until = Instant::now() + wait.min(WAIT_MAX);
        let event = order.tickets.event();
        let opened = self.openings.ask(Opening::new(order)).await?;
        if let Some(charge) = opened.charge {
            let checkout = self.clone();
            let paid = self.tasks.spawn(Span::current().around(async move { checkout.pay(charge).await }));
            // Elapsed: the task goes on by itself. An error within it: the booking says what became of it.
            if let Ok(Ok(Some(view))) = timeout_at(until, paid).await {
                return Ok(view);
            }
        }
        let view = self.await_decision(event, opened.id, until).await?;
        match view.booking.status {
            Status::Failed => Err(self.declined(view.booking).await?),
            _ => Ok(view),
        }
    }

    /// Answers the booking where the provider's own answer booked it.
    async fn pay(&self, charge: Charge) -> Option<View> {
        let outcome = self.provider.charge(&charge).await;
        match self.learn(charge.event, charge.booking, charge.attempt, outcome).await {
            Ok(settled) => settled.and_then(|settled| settled.booked),
            Err(error) => {
                tracing::warn!(booking_id = %charge.booking, %error, "can't note a payment's outcome: the reconciler will");
                None
            }
        }
    }

    /// Takes in what the provider answered. Answers where the booking stands; `None` where nothing is known, or there is no
    /// such booking.
    pub async fn learn(
        &self,
        event: EventId,
        booking: Uuid,
        attempt: Uuid,
        outcome: Outcome,
    ) -> Result<Option<Settled>, Error> {
        let (news, answer) = match outcome {
            Outcome::Decided(news, answer) => (Some(news), answer),
            Outcome::Underway(answer) => (None, answer),
            Outcome::Unknown(why) => {
                tracing::warn!(booking_id = %booking, why, "the provider's word is not known: the reconciler will ask");
                return Ok(None);
            }
        };
        self.take_in(Said { event, booking, attempt, news, answer, callback: None }).await
    }

    /// Writes down what was said, and gives money back that finds no seat. Answers where the booking stands; `None` where
    /// there is no such booking.
    pub async fn take_in(&self, said: Said) -> Result<Option<Settled>, Error> {
        let (event, booking) = (said.event, said.booking);
        let settled = self.news.hand_in(said).await?;
        if settled.as_ref().is_some_and(|settled| settled.status == Status::Refunding) {
            self.give_back(event, booking).await?;
        }
        Ok(settled)
    }

    /// Gives back what is owed of the booking. Where the provider can't do it now, the reconciler tries again.
    /// INVARIANT I2.
    pub async fn give_back(&self, event: EventId, booking: Uuid) -> Result<(), Error> {
        let due = self.database.read_primary(|conn| Box::pin(refunds::list_due(conn, event, booking))).await?;
        for refund in due {
            let told = match &refund.intent {
                Some(intent) => self.tell(intent, &refund).await,
                None => Told::NotYet("the provider's id of the payment is not known".to_owned()),
            };
            match told {
                Told::Given => close_refund(&self.database, refund).await?,
                Told::Failed(why) => {
                    let Due { event, booking, id: refund, .. } = refund;
                    self.note_failed(RefundFailure { event, booking, refund, why }).await?;
                }
                Told::NotYet(why) => self.note_unpaid(refund, why).await?,
            }
        }
        Ok(())
    }

    /// Tells the provider of a refund. One that it was told of before may be done already: its answer was lost, perhaps longer
    /// ago than the provider knows keys.
    async fn tell(&self, intent: &str, refund: &Due) -> Told {
        if refund.age > TOLD_BEFORE {
            match self.provider.find_refund(intent, refund).await {
                Ok(Some(told)) => return told,
                Ok(None) => {}
                Err(why) => return Told::NotYet(why),
            }
        }
        self.provider.refund(intent, refund).await
    }

    /// Notes that the provider can't pay a refund out: a person has to find another way.
    pub async fn note_failed(&self, failure: RefundFailure) -> Result<(), Error> {
        let RefundFailure { booking, refund, why, .. } = failure.clone();
        match fail_refund(&self.database, failure).await? {
            Some(true) => {
                tracing::error!(booking_id = %booking, refund_id = %refund, why, "a refund failed at the provider: settle it");
            }
            Some(false) => {}
            None => {
                tracing::error!(booking_id = %booking, refund_id = %refund, why, "a refund failed that is not there");
            }
        }
        Ok(())
    }

    async fn note_unpaid(&self, refund: Due, why: String) -> Result<(), Error> {
        tracing::error!(booking_id = %refund.booking, refund_id = %refund.id, why, "can't refund yet");
        let note = self.database.transaction(move |conn| {
            let why = why.clone();
            Box::pin(async move { refunds::note_failure(conn, refund.event, refund.id, &why).await })
        });
        note.await
    }

    /// Gives a booking or some of its seats back; answers the booking as it stands then, and what becomes of the money.
    /// Waits for the provider at most `wait`.
    pub async fn cancel(&self, asked: Cancellation, wait: Duration) -> Result<(View, Quote), Error> {
        let (event, booking) = (asked.event, asked.booking);
        let cancelled = cancel(&self.database, &self.feed, asked, self.check_after).await?;
        if cancelled.due {
            let checkout = self.clone();
            let giving_back = async move { checkout.give_back(event, booking).await };
            let told = self.tasks.spawn(Span::current().around(giving_back));
            // Elapsed: the task goes on by itself. An error within it: the reconciler tries again.
            let _ = timeout(wait.min(WAIT_MAX), told).await;
        }
        Ok((self.find(event, booking, None).await?, cancelled.quote))
    }

    async fn await_decision(&self, event: EventId, id: Uuid, until: Instant) -> Result<View, Error> {
        loop {
            let found = self.database.read_primary(|conn| Box::pin(view(conn, event, id))).await?;
            let found = found.ok_or(Error::UnknownBooking)?;
            let undecided = found.booking.status == Status::Pending && found.redirect_url.is_none();
            if !undecided || Instant::now() >= until {
                return Ok(found);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn declined(&self, booking: Booking) -> Result<Error, Error> {
        let Booking { event, ticket_ids, user_id, failure, .. } = booking;
        let read = self.database.read_primary(move |conn| {
            let tickets = ticket_ids.clone();
            Box::pin(async move { seats::find_hold_end(conn, event, &tickets, user_id).await })
        });
        Ok(Error::PaymentDeclined { code: failure.unwrap_or_default(), until: read.await? })
    }

    /// A booking as its owner may see it, or anybody's where `user_id` is `None`.
    pub async fn find(&self, event: EventId, id: Uuid, user_id: Option<i64>) -> Result<View, Error> {
        let found = self.database.read_primary(|conn| Box::pin(view(conn, event, id))).await?;
        let visible = |view: &View| user_id.is_none() || view.booking.user_id == user_id;
        found.filter(visible).ok_or(Error::UnknownBooking)
    }

    /// One page of a user's bookings with the ids of their payments, newest first, and how many there are.
    pub async fn list(&self, user_id: i64, limit: i64, offset: i64) -> Result<(Vec<View>, i64), Error> {
        let read = self.database.read_primary(move |conn| {
            Box::pin(async move {
                let (found, total) = bookings::list_bookings(conn, user_id, limit, offset).await?;
                Ok((without_admissions(conn, found).await?, total))
            })
        });
        read.await
    }
}

async fn store(database: Database, callbacks: Arc<[Kept]>) -> Result<Vec<Result<bool, Error>>, Error> {
    let stored = Arc::clone(&callbacks);
    let transaction = database.transaction(move |conn| {
        let stored = Arc::clone(&stored);
        Box::pin(async move { payment_events::store_callbacks(conn, &stored).await })
    });
    let open = transaction.await?;
    Ok(callbacks.iter().map(|callback| Ok(open.contains(&callback.id))).collect())
}
