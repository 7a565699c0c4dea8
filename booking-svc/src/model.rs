//! The rules of booking as a whole against a simple reference: arbitrary interleavings of reserving, lapsing, paying,
//! callbacks that are late, doubled, lost or out of order, giving back, crashes and restarts. The rules are the very
//! functions that the service runs; only the tables, the clock and the provider are played.

mod invariants;
mod payment;
mod provider;
mod reference;
mod refund;
mod world;

use proptest::prelude::*;

use reference::Reference;
use world::World;

/// The seats of the one event.
const SEATS: i64 = 6;
/// What a seat costs, in minor units, times its number.
const PRICE: i64 = 100;
/// How long a hold lasts, in seconds.
const HOLD_SECONDS: i64 = 100;
/// How long a payment may stay undecided, in seconds.
const PAYMENT_SECONDS_MAX: i64 = 60;
/// What a user may hold.
const HELD_SEATS_MAX: usize = 4;
/// When the event starts, in seconds of the world's clock.
const START: i64 = 100_000;
/// What the house keeps of what is given back, in percent.
const FEE_PERCENT: i32 = 10;

/// Something that happens.
#[derive(Debug, Clone)]
enum Op {
    /// A user wishes for seats, under one of a few request ids or none.
    Reserve { user: i64, seats: Vec<i64>, request: Option<u8> },
    /// A user gives a reservation up: the n-th that was ever made.
    Release { user: i64, nth: usize },
    /// A user pays for seats, or for all that they hold where none are said, and the process may die on the way.
    Book { user: i64, seats: Vec<i64>, request: Option<u8>, card: Card, crash: Crash },
    /// The customer of the n-th payment passes the bank's check, or fails it.
    Bank { nth: usize, passes: bool },
    /// A callback that waits is delivered; it may stay and come again.
    Deliver { nth: usize, again: bool },
    /// A callback that waits is lost.
    Lose { nth: usize },
    /// The n-th payment that was declined is captured all the same: what must not be.
    CaptureAnyway { nth: usize },
    /// Some seats of the n-th booking (counted around), or all, are given back by a user, or by their owner where none is said.
    Cancel { user: Option<i64>, nth: usize, seats: Vec<i64>, request: Option<u8>, provider_down: bool },
    /// The provider can't pay out the n-th refund that it gave.
    RefundFails { nth: usize },
    /// The house gives back what failed of the n-th booking.
    Settle { nth: usize },
    /// The reconciler makes a round.
    Reconcile { provider_down: bool },
    /// Time passes.
    Wait { seconds: i64 },
}

/// What a card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Card {
    Pays,
    Declines,
    AsksTheBank,
}

/// Where the process dies while it books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    Never,
    BeforeTheCharge,
    AfterTheCharge,
}

fn seats(max: usize) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::hash_set(1..=SEATS, 1..=max).prop_map(|seats| seats.into_iter().collect())
}

fn some_or_none(max: usize) -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![2 => Just(Vec::new()), 1 => seats(max)]
}

fn request() -> impl Strategy<Value = Option<u8>> {
    prop::option::of(0u8..4)
}

fn op() -> impl Strategy<Value = Op> {
    let user = 1i64..4;
    let card = prop_oneof![3 => Just(Card::Pays), 1 => Just(Card::Declines), 2 => Just(Card::AsksTheBank)];
    let crash =
        prop_oneof![4 => Just(Crash::Never), 1 => Just(Crash::BeforeTheCharge), 1 => Just(Crash::AfterTheCharge)];
    prop_oneof![
        6 => (user.clone(), seats(3), request()).prop_map(|(user, seats, request)| Op::Reserve { user, seats, request }),
        1 => (user.clone(), 0usize..8).prop_map(|(user, nth)| Op::Release { user, nth }),
        6 => (user.clone(), some_or_none(3), request(), card, crash)
            .prop_map(|(user, seats, request, card, crash)| Op::Book { user, seats, request, card, crash }),
        2 => (0usize..8, any::<bool>()).prop_map(|(nth, passes)| Op::Bank { nth, passes }),
        4 => (0usize..8, any::<bool>()).prop_map(|(nth, again)| Op::Deliver { nth, again }),
        1 => (0usize..8).prop_map(|nth| Op::Lose { nth }),
        1 => (0usize..8).prop_map(|nth| Op::CaptureAnyway { nth }),
        4 => (prop::option::weighted(0.3, user), 0usize..8, some_or_none(2), request(), any::<bool>()).prop_map(
            |(user, nth, seats, request, provider_down)| Op::Cancel { user, nth, seats, request, provider_down }
        ),
        1 => (0usize..2).prop_map(|nth| Op::RefundFails { nth }),
        1 => (0usize..8).prop_map(|nth| Op::Settle { nth }),
        2 => any::<bool>().prop_map(|provider_down| Op::Reconcile { provider_down }),
        2 => (1i64..80).prop_map(|seconds| Op::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Every answer is the one that the reference gives, every invariant holds after every step, and once the world is
    /// whole again nothing is left undecided and all money is accounted for.
    #[test]
    fn whatever_happens_the_invariants_hold(ops in prop::collection::vec(op(), 1..120)) {
        let mut world = World::new();
        let mut reference = Reference::default();
        for op in &ops {
            let happened = world.run(op);
            reference.expect(op, &happened).map_err(|wrong| TestCaseError::fail(format!("{op:?}: {wrong}")))?;
            world.check().map_err(|wrong| TestCaseError::fail(format!("after {op:?}: {wrong}")))?;
        }
        world.heal();
        world.check_at_rest().map_err(TestCaseError::fail)?;
    }
}
