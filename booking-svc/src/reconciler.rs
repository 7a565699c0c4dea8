//! Takes up what was left open: asks the provider about every booking that is still under way and tells it of every
//! refund that is still owed, whatever became of a callback or of the process that began it. Decides nothing itself: what
//! it hears goes the way of all news. INVARIANT I2, I3.

use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use usher::{
    id::EventId,
    trace::{Kind, Span},
};
use uuid::Uuid;

use crate::{
    booking::{Booking, Payment},
    checkout::Checkout,
    error::Error,
    provider::{Charge, Outcome},
    store::{bookings, clock, leader, payments, refunds, reservations},
};

/// The most bookings, and the most refunds, that one round takes up.
const ROUND_MAX: i64 = 50;
/// How many rounds pass between two looks for what can be forgotten: an hour of them, at the usual pace.
const ROUNDS_BETWEEN_CLEARINGS: u32 = 720;

/// The most reservations that one transaction forgets: well below a second's work.
const CLEARED_AT_ONCE_MAX: i64 = 10_000;
/// How long the provider knows an attempt's idempotency key, less two hours: after that, repeating a charge that nobody
/// heard the answer of could charge twice. <https://docs.stripe.com/api/idempotent_requests>
const KEY_SECONDS_MAX: i64 = 22 * 3_600;
/// After so long, a charge that the provider's search does not find was never made: the last try was two hours ago.
const FOUND_SECONDS_MAX: i64 = KEY_SECONDS_MAX + 2 * 3_600;

/// When the reconciler looks.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often.
    pub every: Duration,
    /// How long a booking is left alone after a look.
    pub pause: TimeDelta,
    /// How long a payment may stay undecided before it is called off.
    pub undecided_seconds_max: i64,
}

/// Looks until `shutdown`.
pub async fn run(checkout: Checkout, settings: Settings, shutdown: CancellationToken) {
    let mut rounds = interval(settings.every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0_u32.. {
        tokio::select! {
            _ = rounds.tick() => {}
            () = shutdown.cancelled() => return,
        }
        if let Err(error) = round(&checkout, settings).await {
            tracing::warn!(%error, "can't reconcile now");
        }
        if number.is_multiple_of(ROUNDS_BETWEEN_CLEARINGS)
            && let Err(error) = clear(&checkout).await
        {
            tracing::warn!(%error, "can't forget old reservations now");
        }
    }
}

/// What one round takes up.
#[derive(Default)]
struct Claim {
    /// Bookings under way, and their ages in seconds.
    bookings: Vec<(Booking, i64)>,
    /// Bookings that are owed money.
    owed: Vec<(EventId, Uuid)>,
    /// How long the oldest of all this should have been looked at before, in seconds.
    lag_seconds: f64,
    /// How many refunds need a person.
    stuck: f64,
}

async fn round(checkout: &Checkout, settings: Settings) -> Result<(), Error> {
    let claim =
        checkout.database.transaction(move |conn| Box::pin(async move { take_up(conn, settings.pause).await })).await?;
    // Whoever does not lead knows of no lag: an old one of its own must not stay to be seen.
    let lag_seconds = claim.as_ref().map_or(0.0, |claim| claim.lag_seconds);
    metrics::gauge!("booking_reconcile_lag_seconds").set(lag_seconds);
    metrics::gauge!("booking_refunds_stuck").set(claim.as_ref().map_or(0.0, |claim| claim.stuck));
    let Some(Claim { bookings, owed, .. }) = claim else { return Ok(()) };
    metrics::counter!("booking_reconcile_rounds_total").increment(1);
    let mut looks = JoinSet::new();
    for (booking, age_seconds) in bookings {
        let checkout = checkout.clone();
        let (id, age) = (booking.id, Age { seconds: age_seconds, max: settings.undecided_seconds_max });
        looks.spawn(async move { (id, reconcile(&checkout, booking, age).await) });
    }
    for (event, id) in owed {
        let checkout = checkout.clone();
        looks.spawn(async move { (id, checkout.give_back(event, id).await) });
    }
    while let Some(looked) = looks.join_next().await {
        if let Ok((id, Err(error))) = looked {
            tracing::warn!(booking_id = %id, %error, "can't reconcile this booking now");
        }
    }
    Ok(())
}

/// Takes up what is due; `None` where another process leads this round. What is taken up is put off, so that nobody
/// takes it up again meanwhile.
async fn take_up(conn: &mut AsyncPgConnection, pause: TimeDelta) -> Result<Option<Claim>, Error> {
    if !leader::try_lead(conn).await? {
        return Ok(None);
    }
    let (now, booking, refund) =
        (clock(conn).await?, bookings::find_oldest_open(conn).await?, refunds::find_oldest_due(conn).await?);
    let oldest = [booking, refund].into_iter().flatten().min();
    #[expect(clippy::cast_precision_loss, reason = "a lag in milliseconds is far below 2^52")]
    let lag_seconds = oldest.map_or(0.0, |oldest| (now - oldest).num_milliseconds().max(0) as f64 / 1_000.0);
    let bookings = bookings::claim_open(conn, ROUND_MAX, pause).await?;
    let owed = refunds::claim_due(conn, ROUND_MAX, pause).await?;
    let stuck = refunds::count_stuck(conn, now).await?;
    let stuck = f64::from(u32::try_from(stuck).unwrap_or(u32::MAX));
    Ok(Some(Claim { bookings, owed, lag_seconds, stuck }))
}

/// How old a booking is that is under way, and how old it may get.
#[derive(Clone, Copy)]
struct Age {
    seconds: i64,
    max: i64,
}

async fn reconcile(checkout: &Checkout, booking: Booking, age: Age) -> Result<(), Error> {
    let (event, id) = (booking.event, booking.id);
    let payment = checkout.database.read_primary(|conn| Box::pin(payments::find_payment(conn, event, id))).await?;
    let payment = payment.ok_or_else(|| Error::Defect(format!("booking {id} is PENDING but has no payment")))?;
    let (attempt, trace) = (payment.attempt, payment.trace.clone());
    let span = Span::continued(trace.as_deref(), Kind::Consumer, || "reconcile".into());
    let looking = Box::pin(look_again(checkout, booking, payment, age));
    let learning = async { checkout.learn(event, id, attempt, looking.await).await.map(drop) };
    span.around(learning).await
}

/// What the provider says of the payment now.
async fn look_again(checkout: &Checkout, booking: Booking, payment: Payment, age: Age) -> Outcome {
    let (event, id, attempt) = (booking.event, booking.id, payment.attempt);
    let mut outcome = match &payment.intent {
        Some(intent) => checkout.provider.look(intent).await,
        // Asking again could charge it again.
        None if age.seconds > KEY_SECONDS_MAX => checkout.provider.find(attempt, age.seconds > FOUND_SECONDS_MAX).await,
        // Nobody heard the provider's answer. Asking again with the same key gets it, and charges nothing twice.
        None => {
            let Booking { amount, currency, .. } = booking;
            let (payment_method, trace) = (payment.method, payment.trace);
            let charge = Charge { event, booking: id, attempt, amount, currency, payment_method, trace };
            checkout.provider.charge(&charge).await
        }
    };
    if let (Outcome::Underway(answer), true) = (&outcome, age.seconds > age.max)
        && let Some(intent) = &answer.intent
    {
        // INVARIANT I4: called off first, and only then are the seats let go.
        outcome = checkout.provider.cancel(intent).await;
    }
    outcome
}

/// Forgets reservations that nobody asks about any more, in short transactions.
async fn clear(checkout: &Checkout) -> Result<(), Error> {
    loop {
        let clearing = checkout.database.transaction(|conn| {
            Box::pin(async move {
                match leader::try_lead(conn).await? {
                    true => reservations::forget_old(conn, CLEARED_AT_ONCE_MAX).await,
                    false => Ok(0),
                }
            })
        });
        if clearing.await? == 0 {
            return Ok(());
        }
    }
}
