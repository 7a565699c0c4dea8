//! The payment provider, as the booking rules see it: charge, look, find, cancel, refund. The only place that knows Stripe's
//! client. Decides nothing.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use stripe::{
    ApiErrors, ApiErrorsType, Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest as _,
};
use stripe_core::{
    PaymentIntent, PaymentIntentStatus, Refund, RefundPendingReason,
    payment_intent::{
        CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods, RetrievePaymentIntent,
        SearchPaymentIntent,
    },
    refund::{CreateRefund, ListRefund},
};
use stripe_types::Currency;
use usher::{
    id::EventId,
    trace::{Kind, Span},
};
use uuid::Uuid;

use crate::{
    callback::{attempt_query, failed_refund, metadata, refund_metadata, refund_named},
    refunding::Told,
    state::News,
    store::{payments::Answer, refunds::Due},
};

/// How long one call to the provider may take.
const CALL_MAX: Duration = Duration::from_secs(8);
/// The provider's word for a payment that it refuses for good without naming a reason.
const REFUSED: &str = "provider_refused";
/// Why a payment failed that never reached the provider.
const NEVER_CHARGED: &str = "never_charged";
/// The most refunds of one payment that the provider lists at once; a booking has no more seats than that.
const REFUNDS_LISTED: i64 = 100;

/// A charge: all that makes the provider's request, so that repeating it is the same request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The event that the booking is for.
    pub event: EventId,
    /// The booking.
    pub booking: Uuid,
    /// The attempt: the provider's idempotency key.
    pub attempt: Uuid,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The provider's token of the payment method.
    pub payment_method: String,
    /// Where the request that began it was in its trace. Kept with the attempt: whoever repeats the charge must send the
    /// same.
    pub trace: Option<String>,
}

/// What the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is decided.
    Decided(News, Answer),
    /// The customer or the bank has to do something, or the provider is still at it.
    Underway(Answer),
    /// Nobody knows: the answer was lost, or the provider is down. The charge may have happened.
    Unknown(String),
}

/// The provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    client: Client,
    return_url: String,
}

impl Provider {
    /// A client of the provider at `url`.
    pub fn new(url: &str, api_key: &SecretString, return_url: &str) -> Result<Self, StripeError> {
        let client = ClientBuilder::new(api_key.expose_secret()).url(url).timeout(CALL_MAX).build()?;
        Ok(Self { client, return_url: return_url.to_owned() })
    }

    /// Takes the money. Repeating it takes nothing twice: the attempt is the idempotency key.
    pub async fn charge(&self, charge: &Charge) -> Outcome {
        let Ok(currency) = charge.currency.to_lowercase().parse::<Currency>();
        let request = CreatePaymentIntent::new(charge.amount, currency)
            .payment_method(charge.payment_method.as_str())
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
            .confirm(true)
            .return_url(self.return_url.as_str())
            .metadata(metadata(charge));
        let Ok(key) = IdempotencyKey::new(charge.attempt.to_string()) else {
            return Outcome::Unknown("the attempt is no idempotency key".to_owned());
        };
        let request = request.customize().request_strategy(RequestStrategy::Idempotent(key));
        let sent = asked("POST /v1/payment_intents", request.send(&self.client)).await;
        sent.map_or_else(refused, |intent| outcome(&intent))
    }

    /// Asks how a payment stands.
    pub async fn look(&self, intent: &str) -> Outcome {
        let request = RetrievePaymentIntent::new(intent);
        let found = asked("GET /v1/payment_intents/{intent}", request.send(&self.client)).await;
        found.map_or_else(|error| Outcome::Unknown(error.to_string()), |intent| outcome(&intent))
    }

    /// Calls a payment off; answers how it stands then, which may be that it was paid before.
    pub async fn cancel(&self, intent: &str) -> Outcome {
        let request = CancelPaymentIntent::new(intent);
        match asked("POST /v1/payment_intents/{intent}/cancel", request.send(&self.client)).await {
            Ok(intent) => outcome(&intent),
            Err(StripeError::Stripe(..)) => self.look(intent).await,
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }

    /// Looks for the payment of an attempt whose answer nobody heard. One that there is none of was never charged, if `is_long_ago`
    /// that it can have been: the provider's search may be an hour behind. <https://docs.stripe.com/search#data-freshness>
    pub async fn find(&self, attempt: Uuid, is_long_ago: bool) -> Outcome {
        let request = SearchPaymentIntent::new(attempt_query(attempt));
        let found = match asked("GET /v1/payment_intents/search", request.send(&self.client)).await {
            Ok(found) => found.data,
            Err(error) => return Outcome::Unknown(error.to_string()),
        };
        match found.first() {
            // What the search says of it may be old as well.
            Some(intent) => self.look(&intent.id).await,
            None if is_long_ago => Outcome::Decided(News::Unpaid(NEVER_CHARGED.to_owned()), Answer::default()),
            None => Outcome::Unknown("the provider's search does not know of it, or not yet".to_owned()),
        }
    }

    /// Gives money of a payment back. Repeating it gives nothing twice, as long as the provider knows keys: the refund's id
    /// is the idempotency key. What the provider took on but has not paid out yet counts as given.
    pub async fn refund(&self, intent: &str, due: &Due) -> Told {
        let bare = CreateRefund::new().payment_intent(intent).amount(due.amount);
        let answer = match self.create(bare.clone().metadata(refund_metadata(due)), due.id).await {
            // The version before sent no metadata: only the same request gets the answer that was lost.
            Err(StripeError::Stripe(error, 400)) if error.type_ == ApiErrorsType::IdempotencyError => {
                self.create(bare, due.id).await
            }
            answer => answer,
        };
        match answer {
            Ok(refund) => told(&refund),
            Err(StripeError::Stripe(error, _)) => match code(&error).unwrap_or_default().as_str() {
                "charge_already_refunded" => Told::Given,
                why @ ("charge_disputed" | "charge_not_refundable" | "refund_disputed_payment") => {
                    Told::Failed(why.to_owned())
                }
                why => Told::NotYet(format!("{why}: {}", error.message.as_deref().unwrap_or("no message"))),
            },
            Err(error) => Told::NotYet(error.to_string()),
        }
    }

    async fn create(&self, request: CreateRefund, key: Uuid) -> Result<Refund, StripeError> {
        let key = IdempotencyKey::new(key.to_string()).map_err(|error| StripeError::ClientError(error.to_string()))?;
        let request = request.customize().request_strategy(RequestStrategy::Idempotent(key));
        asked("POST /v1/refunds", request.send(&self.client)).await
    }

    /// What became of a refund that the provider may have been told of before; `None` where it never was.
    pub async fn find_refund(&self, intent: &str, due: &Due) -> Result<Option<Told>, String> {
        let request = ListRefund::new().payment_intent(intent).limit(REFUNDS_LISTED);
        let listed = asked("GET /v1/refunds", request.send(&self.client)).await.map_err(|error| error.to_string())?;
        let named = |refund: &Refund| refund.metadata.as_ref().and_then(refund_named);
        Ok(listed.data.iter().find(|refund| named(refund) == Some(due.id)).map(told))
    }
}

fn told(refund: &Refund) -> Told {
    match refund.status.as_deref() {
        Some(status @ ("failed" | "canceled")) => {
            Told::Failed(failed_refund(&refund.id, status, refund.failure_reason.as_deref()))
        }
        // It waits until there is enough in the house's balance. <https://docs.stripe.com/refunds>
        Some("pending") if refund.pending_reason == Some(RefundPendingReason::InsufficientFunds) => {
            Told::NotYet(format!("{} pending: insufficient_funds", refund.id))
        }
        _ => Told::Given,
    }
}

/// A call to the provider, as a span of its own. Its client takes no headers: what the provider is told of the trace is
/// in the payment's metadata.
async fn asked<T>(what: &'static str, call: impl Future<Output = Result<T, StripeError>>) -> Result<T, StripeError> {
    let span = Span::child(Kind::Client, || what.into());
    let answer = span.around(call).await;
    if let Err(error) = &answer {
        span.fail("");
        if let StripeError::Stripe(_, status) = error {
            span.set("http.response.status_code", i64::from(*status));
        }
    }
    span.end();
    answer
}

fn outcome(intent: &PaymentIntent) -> Outcome {
    let decline_code = intent.last_payment_error.as_deref().and_then(code);
    let redirect = intent.next_action.as_ref().and_then(|action| action.redirect_to_url.as_ref());
    let answer = Answer {
        intent: Some(intent.id.to_string()),
        status: Some(intent.status.as_str().to_owned()),
        decline_code: decline_code.clone(),
        redirect_url: redirect.and_then(|redirect| redirect.url.clone()),
    };
    match intent.status {
        PaymentIntentStatus::Succeeded => Outcome::Decided(News::Paid, answer),
        PaymentIntentStatus::Canceled => Outcome::Decided(News::Unpaid("canceled".to_owned()), answer),
        PaymentIntentStatus::RequiresPaymentMethod => {
            Outcome::Decided(News::Unpaid(decline_code.unwrap_or_else(|| REFUSED.to_owned())), answer)
        }
        _ => Outcome::Underway(answer),
    }
}

/// A charge that was answered with an error: which of them say for certain that no money moved?
fn refused(error: StripeError) -> Outcome {
    let StripeError::Stripe(details, status) = error else { return Outcome::Unknown(error.to_string()) };
    let code = code(&details);
    // 401 and 403: the key is wrong now, and says nothing of an earlier try with another one. 409 and 429: ask again
    // later. 5xx: anything may have happened. A reused key: an earlier request may have charged.
    let certain = matches!(status, 400 | 402 | 404) && details.type_ != ApiErrorsType::IdempotencyError;
    if !certain {
        return Outcome::Unknown(format!("{status}: {}", details.message.as_deref().unwrap_or("no message")));
    }
    if status != 402 {
        tracing::error!(status, code, message = details.message, "the provider refused a charge as malformed");
    }
    let code = code.unwrap_or_else(|| REFUSED.to_owned());
    let answer = Answer {
        intent: details.payment_intent.as_ref().map(|intent| intent.id.to_string()),
        status: details.payment_intent.as_ref().map(|intent| intent.status.as_str().to_owned()),
        decline_code: Some(code.clone()),
        redirect_url: None,
    };
    Outcome::Decided(News::Unpaid(code), answer)
}

/// The most telling word for an error: why the bank declined, else what kind of error it is.
fn code(error: &ApiErrors) -> Option<String> {
    error.decline_code.clone().or_else(|| error.code.as_ref().map(|code| code.as_str().to_owned()))
}
