//! A payment intent: how it stands and what may become of it. Pure: names of new things are handed in. Knows nothing of
//! HTTP, faults or webhooks.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::card::{Card, Decline, Failure, Verdict};

/// How an intent stands, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has no payment method, or the one it had failed.
    RequiresPaymentMethod,
    /// It has a payment method that nobody charged yet.
    RequiresConfirmation,
    /// The customer has to pass the bank's check.
    RequiresAction,
    /// The money was taken.
    Succeeded,
    /// It was called off.
    Canceled,
}

impl Status {
    /// Stripe's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it may still become anything else.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Succeeded | Self::Canceled)
    }
}

/// What an intent is made of and keeps for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Minor units; at least 1.
    pub amount: i64,
    /// ISO 4217, lower case.
    pub currency: String,
    /// Whether the customer may be sent elsewhere to pay; `None`: the intent takes cards and nothing else.
    pub redirects: Option<Redirects>,
    /// Stripe's `capture_method`: both of its ways to capture at once are the same here.
    pub capture_method: String,
    /// Free text.
    pub description: Option<String>,
    /// Free text; nothing is sent there.
    pub receipt_email: Option<String>,
    /// Free text.
    pub statement_descriptor: Option<String>,
    /// Free text.
    pub statement_descriptor_suffix: Option<String>,
    /// The merchant's own.
    pub metadata: BTreeMap<String, String>,
}

/// `automatic_payment_methods[allow_redirects]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redirects {
    /// May be.
    Always,
    /// Must not be.
    Never,
}

/// An intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// When, in seconds since 1970.
    pub created: i64,
    /// What it is made of.
    pub terms: Terms,
    /// How it stands.
    pub status: Status,
    /// The card; none after it failed.
    pub card: Option<Card>,
    /// Where the customer goes after the bank's check.
    pub return_url: Option<String>,
    /// Why the last attempt failed.
    pub last_failure: Option<Failure>,
    /// `ch_…`, once paid.
    pub charge: Option<String>,
    /// INVARIANT: the whole amount once succeeded, else 0.
    pub amount_received: i64,
    /// INVARIANT: never more than `amount_received`.
    pub amount_refunded: i64,
    /// When it was called off and why.
    pub canceled: Option<Canceled>,
}

/// How an intent was called off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// When, in seconds since 1970.
    pub at: i64,
    /// Stripe's `cancellation_reason`.
    pub reason: Option<String>,
}

/// An attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The card; `None`: the one that the intent has.
    pub card: Option<Card>,
    /// Where the customer goes after the bank's check.
    pub return_url: Option<String>,
    /// The customer is not there.
    pub off_session: bool,
    /// The bank declines, whatever the card.
    pub decline: Option<Decline>,
    /// The name of the charge, should there be one.
    pub charge: String,
}

/// What happened to an intent that somebody should hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// The money was taken.
    #[serde(rename = "payment_intent.succeeded")]
    Succeeded,
    /// An attempt failed.
    #[serde(rename = "payment_intent.payment_failed")]
    Failed,
    /// It was called off.
    #[serde(rename = "payment_intent.canceled")]
    Canceled,
    /// The customer has to do something.
    #[serde(rename = "payment_intent.requires_action")]
    RequiresAction,
    /// Money went back.
    #[serde(rename = "charge.refunded")]
    Refunded,
    /// Money that went back came again: the bank did not take it.
    #[serde(rename = "refund.failed")]
    RefundFailed,
}

/// Why an intent does not do what it is told. It is unchanged then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It stands where that can't be done.
    State,
    /// There is nothing to pay with.
    NoCard,
    /// It may send the customer elsewhere, but not back.
    NoReturnUrl,
    /// All of it went back before.
    AlreadyRefunded,
    /// Only so much is left to refund.
    RefundTooLarge(i64),
}

impl Intent {
    /// A new intent that nobody paid yet.
    #[must_use]
    pub fn new(id: String, terms: Terms, card: Option<Card>, created: i64) -> Self {
        let status = match card {
            Some(_) => Status::RequiresConfirmation,
            None => Status::RequiresPaymentMethod,
        };
        Self {
            id,
            created,
            terms,
            status,
            card,
            return_url: None,
            last_failure: None,
            charge: None,
            amount_received: 0,
            amount_refunded: 0,
            canceled: None,
        }
    }

    /// Tries to take the money.
    pub fn confirm(&mut self, attempt: Attempt) -> Result<News, Unfit> {
        if !self.status.is_open() {
            return Err(Unfit::State);
        }
        let card = attempt.card.or(self.card).ok_or(Unfit::NoCard)?;
        let return_url = attempt.return_url.or_else(|| self.return_url.clone());
        if self.terms.redirects == Some(Redirects::Always) && return_url.is_none() {
            return Err(Unfit::NoReturnUrl);
        }
        (self.card, self.return_url) = (Some(card), return_url);
        let verdict = attempt.decline.map_or_else(|| card.verdict(attempt.off_session), Verdict::Declines);
        Ok(match verdict {
            Verdict::Pays => self.pay(attempt.charge),
            Verdict::Declines(decline) => self.fail(Failure::Declined(decline)),
            Verdict::AsksCustomer => {
                self.status = Status::RequiresAction;
                News::RequiresAction
            }
        })
    }

    /// The customer passed the bank's check, or did not.
    pub fn authenticate(&mut self, passed: bool, charge: String) -> Result<News, Unfit> {
        match (self.status, passed) {
            (Status::RequiresAction, true) => Ok(self.pay(charge)),
            (Status::RequiresAction, false) => Ok(self.fail(Failure::Unauthenticated)),
            _ => Err(Unfit::State),
        }
    }

    /// Calls it off.
    pub fn cancel(&mut self, reason: Option<String>, at: i64) -> Result<News, Unfit> {
        if !self.status.is_open() {
            return Err(Unfit::State);
        }
        self.status = Status::Canceled;
        self.canceled = Some(Canceled { at, reason });
        Ok(News::Canceled)
    }

    /// Gives money back, all that is left where no amount is said; answers how much.
    pub fn refund(&mut self, amount: Option<i64>) -> Result<i64, Unfit> {
        if self.status != Status::Succeeded {
            return Err(Unfit::State);
        }
        let left = self.amount_received - self.amount_refunded;
        if left == 0 {
            return Err(Unfit::AlreadyRefunded);
        }
        let amount = amount.unwrap_or(left);
        if amount > left {
            return Err(Unfit::RefundTooLarge(left));
        }
        self.amount_refunded += amount;
        Ok(amount)
    }

    /// So much of what was given back is here again.
    pub fn take_again(&mut self, amount: i64) -> News {
        self.amount_refunded -= amount;
        News::RefundFailed
    }

    fn pay(&mut self, charge: String) -> News {
        self.status = Status::Succeeded;
        self.amount_received = self.terms.amount;
        self.charge = Some(charge);
        self.last_failure = None;
        News::Succeeded
    }

    fn fail(&mut self, failure: Failure) -> News {
        self.status = Status::RequiresPaymentMethod;
        self.card = None;
        self.last_failure = Some(failure);
        News::Failed
    }
}
