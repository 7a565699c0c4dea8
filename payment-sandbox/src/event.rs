//! Events: what the merchant's webhook is told, and how the telling went.

use serde::{Deserialize, Serialize};

use crate::intent::News;

/// The most deliveries of one event that are remembered; the oldest are forgotten first.
const DELIVERIES_KEPT_MAX: usize = 64;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `evt_…`.
    pub id: String,
    /// What happened.
    pub kind: News,
    /// The intent that it happened to.
    pub intent: String,
    /// What is posted: the same bytes each time.
    pub body: String,
    /// Whether it is told yet.
    pub standing: Standing,
    /// Each time it was told, the oldest first.
    pub deliveries: Vec<Delivery>,
}

/// How far an event got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is under way.
    Waiting,
    /// A webhook took it.
    Delivered,
    /// A fault swallowed it.
    Lost,
    /// There was nobody to tell, or nobody who listened.
    Undelivered,
}

/// One time that an event was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When, in seconds since 1970.
    pub at: i64,
    /// What the webhook answered.
    pub status: Option<u16>,
    /// Why it did not answer.
    pub error: Option<String>,
}

impl Delivery {
    /// Whether the webhook took it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Event {
    /// Remembers a delivery, if it is one, and how the event stands now. What is delivered once stays so.
    pub fn note(&mut self, delivery: Option<Delivery>, standing: Standing) {
        if self.deliveries.len() >= DELIVERIES_KEPT_MAX && delivery.is_some() {
            self.deliveries.remove(0);
        }
        self.deliveries.extend(delivery);
        if self.standing != Standing::Delivered {
            self.standing = standing;
        }
    }
}
