//! The booking state machine: what news of a payment does to a booking and its seats. Pure.

/// Where a booking stands: the column `bookings.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// A payment is under way; the seats are held however long it takes.
    Pending,
    /// The money is there and the seats are owned.
    Booked,
    /// Nothing was charged; the hold goes on until its hour is over.
    Failed,
    /// Money is there but no seat: it is on its way back.
    Refunding,
    /// The money was given back.
    Refunded,
    /// Given up by its owner or the house.
    Cancelled,
}

/// What the provider says about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The money is captured.
    Paid,
    /// Nothing is charged, nor will be; the word says why.
    Unpaid(String),
    /// The money is back with the customer.
    Refunded,
    /// Money that was called given back did not reach the customer.
    NotRefunded,
}

/// What a booking does on some news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Becomes BOOKED and its seats with it.
    Book,
    /// Becomes FAILED; its seats are merely held again.
    Fail(String),
    /// Becomes REFUNDING: the money goes back.
    Refund,
    /// Becomes REFUNDED.
    Close,
    /// Becomes REFUNDING once more: a person has to give the money back.
    Reopen,
    /// Stays as it is: the news is old, doubled or out of order.
    Stay,
}

/// How money comes back to whoever gives seats back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyBack {
    /// Through the provider, which is yet to be told.
    ByProvider,
    /// At the box office, in cash.
    ByHand,
    /// There is none.
    None,
}

/// Where a booking stands once some (or, `whole`, all) of its seats were given back; `None` where it can't be.
///
/// INVARIANT I2: a booking that keeps no seat is REFUNDING until its money is back.
#[must_use]
pub const fn give_up(status: Status, whole: bool, money: MoneyBack) -> Option<Status> {
    match (status, whole, money) {
        (Status::Booked, false, _) => Some(Status::Booked),
        (Status::Booked, true, MoneyBack::ByProvider) => Some(Status::Refunding),
        (Status::Booked, true, MoneyBack::ByHand) => Some(Status::Refunded),
        (Status::Booked, true, MoneyBack::None) => Some(Status::Cancelled),
        (Status::Pending | Status::Failed | Status::Refunding | Status::Refunded | Status::Cancelled, ..) => None,
    }
}

/// What `news` does to a booking that stands at `status`; `owns_seats` tells whether every seat of it still bears its
/// id.
///
/// INVARIANT I1: only a booking that owns its seats books them. INVARIANT I2: money that finds no seat goes back.
/// INVARIANT I3: only a PENDING booking fails, and it was not charged. INVARIANT I5: news that came before does
/// nothing.
#[must_use]
pub fn step(status: Status, news: &News, owns_seats: bool) -> Step {
    match (status, news) {
        (Status::Pending, News::Paid) if owns_seats => Step::Book,
        (Status::Pending | Status::Failed, News::Paid) => Step::Refund,
        (Status::Pending, News::Unpaid(why)) => Step::Fail(why.clone()),
        (Status::Refunding, News::Refunded) => Step::Close,
        (Status::Refunded, News::NotRefunded) => Step::Reopen,
        // CANCELLED was BOOKED before: its payment is accounted for, whatever the house kept of it.
        (Status::Booked | Status::Refunding | Status::Refunded | Status::Cancelled, News::Paid)
        | (
            Status::Booked | Status::Failed | Status::Refunding | Status::Refunded | Status::Cancelled,
            News::Unpaid(_),
        )
        | (Status::Pending | Status::Booked | Status::Failed | Status::Refunded | Status::Cancelled, News::Refunded)
        | (
            Status::Pending | Status::Booked | Status::Failed | Status::Refunding | Status::Cancelled,
            News::NotRefunded,
        ) => Step::Stay,
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Booked, Self::Failed, Self::Refunding, Self::Refunded, Self::Cancelled];

    /// The status as the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Booked => "BOOKED",
            Self::Failed => "FAILED",
            Self::Refunding => "REFUNDING",
            Self::Refunded => "REFUNDED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The status that the database's word means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The status after `step`.
    #[must_use]
    pub const fn after(self, step: &Step) -> Self {
        match step {
            Step::Book => Self::Booked,
            Step::Fail(_) => Self::Failed,
            Step::Refund | Step::Reopen => Self::Refunding,
            Step::Close => Self::Refunded,
            Step::Stay => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_news() -> impl Strategy<Value = News> {
        let unpaid = Just(News::Unpaid("card_declined".to_owned()));
        prop_oneof![Just(News::Paid), unpaid, Just(News::Refunded), Just(News::NotRefunded)]
    }

    #[test]
    fn the_words_lead_back() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
        assert_eq!(Status::parse("booked"), None);
    }

    #[test]
    fn money_without_a_seat_goes_back() {
        assert_eq!(step(Status::Pending, &News::Paid, false), Step::Refund);
        assert_eq!(step(Status::Failed, &News::Paid, true), Step::Refund);
    }

    #[test]
    fn a_late_callback_gives_nothing_back_that_the_house_kept() {
        for status in [Status::Booked, Status::Cancelled, Status::Refunding, Status::Refunded] {
            assert_eq!(step(status, &News::Paid, false), Step::Stay, "{status:?}");
        }
    }

    proptest! {
        /// INVARIANT I5: the same news a second time does nothing, in whatever order they come.
        #[test]
        fn doubled_news_does_nothing_twice(history in prop::collection::vec((any_news(), any::<bool>()), 0..12)) {
            let mut status = Status::Pending;
            for (news, owns_seats) in history {
                status = status.after(&step(status, &news, owns_seats));
                prop_assert_eq!(step(status, &news, owns_seats), Step::Stay);
            }
        }

        /// INVARIANT I2: once money came, the booking ends up BOOKED, or on its way to REFUNDED, whatever came before.
        #[test]
        fn money_is_never_forgotten(history in prop::collection::vec((any_news(), any::<bool>()), 0..12)) {
            let (mut status, mut paid) = (Status::Pending, false);
            for (news, owns_seats) in history {
                // The provider refunds only what was paid, and only when it was asked to.
                if news == News::Refunded && status != Status::Refunding {
                    continue;
                }
                paid |= news == News::Paid;
                status = status.after(&step(status, &news, owns_seats));
                let kept = matches!(status, Status::Booked | Status::Refunding | Status::Refunded);
                prop_assert_eq!(kept, paid);
            }
        }
    }
}
