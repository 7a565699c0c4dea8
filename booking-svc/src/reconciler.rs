//! Takes up what was left open: asks the provider about every booking that is still under way, whatever became of its
//! callback or of the process that began it. Decides nothing itself: what it hears goes the way of all news.
//! INVARIANT I2, I3.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    booking::Booking,
    checkout::Checkout,
    error::Error,
    provider::{Charge, Outcome},
    state::Status,
    store::{bookings, payments},
};

/// The most bookings that one round takes up.
const ROUND_MAX: i64 = 50;

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
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            () = shutdown.cancelled() => return,
        }
        if let Err(error) = round(&checkout, settings).await {
            tracing::warn!(%error, "can't reconcile now");
        }
    }
}

async fn round(checkout: &Checkout, settings: Settings) -> Result<(), Error> {
    // SKIP LOCKED and the pause keep several reconcilers from asking about the same booking.
    let claim = checkout
        .database
        .transaction(move |conn| Box::pin(async move { bookings::claim_open(conn, ROUND_MAX, settings.pause).await }));
    let mut looks = JoinSet::new();
    for (booking, age_seconds) in claim.await? {
        let checkout = checkout.clone();
        looks.spawn(async move {
            let id = booking.id;
            let overdue = age_seconds > settings.undecided_seconds_max;
            if let Err(error) = reconcile(&checkout, booking, overdue).await {
                tracing::warn!(booking_id = %id, %error, "can't reconcile this booking now");
            }
        });
    }
    while looks.join_next().await.is_some() {}
    Ok(())
}

async fn reconcile(checkout: &Checkout, booking: Booking, overdue: bool) -> Result<(), Error> {
    let (event, id) = (booking.event, booking.id);
    if booking.status == Status::Refunding {
        return checkout.refund(event, id).await;
    }
    let payment = checkout.database.read_primary(|conn| Box::pin(payments::find_payment(conn, event, id))).await?;
    let payment = payment.ok_or_else(|| Error::Defect(format!("booking {id} is PENDING but has no payment")))?;
    let attempt = payment.attempt;
    let mut outcome = match &payment.intent {
        Some(intent) => checkout.provider.look(intent).await,
        // Nobody heard the provider's answer. Asking again with the same key gets it, and charges nothing twice.
        None => {
            let Booking { amount, currency, .. } = booking;
            let payment_method = payment.method;
            checkout.provider.charge(&Charge { event, booking: id, attempt, amount, currency, payment_method }).await
        }
    };
    if let (Outcome::Underway(answer), true) = (&outcome, overdue)
        && let Some(intent) = &answer.intent
    {
        // INVARIANT I4: called off first, and only then are the seats let go.
        outcome = checkout.provider.cancel(intent).await;
    }
    checkout.learn(event, id, attempt, outcome).await
}
