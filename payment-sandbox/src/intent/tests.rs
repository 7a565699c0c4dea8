//! What an intent may become, told in stories and by chance.

use proptest::prelude::*;

use super::*;

fn terms(redirects: Option<Redirects>) -> Terms {
    Terms {
        amount: 4_900,
        currency: "eur".to_owned(),
        redirects,
        capture_method: "automatic".to_owned(),
        description: None,
        receipt_email: None,
        statement_descriptor: None,
        statement_descriptor_suffix: None,
        metadata: BTreeMap::new(),
    }
}

fn intent() -> Intent {
    Intent::new("pi_1".to_owned(), terms(None), None, 0)
}

fn with(card: Card) -> Attempt {
    Attempt { card: Some(card), return_url: None, off_session: false, decline: None, charge: "ch_1".to_owned() }
}

#[test]
fn a_good_card_pays_all_of_it_at_once() {
    let mut intent = intent();
    assert_eq!(intent.confirm(with(Card::Visa)), Ok(News::Succeeded));
    assert_eq!((intent.status, intent.amount_received), (Status::Succeeded, 4_900));
}

#[test]
fn after_a_decline_another_card_may_pay() {
    let mut intent = intent();
    assert_eq!(intent.confirm(with(Card::InsufficientFunds)), Ok(News::Failed));
    assert_eq!((intent.status, intent.card, intent.amount_received), (Status::RequiresPaymentMethod, None, 0));
    assert_eq!(intent.last_failure.as_ref().unwrap().decline_code(), Some("insufficient_funds"));
    let bare = Attempt { card: None, ..with(Card::Visa) };
    assert_eq!(intent.confirm(bare), Err(Unfit::NoCard), "the declined card is gone");
    assert_eq!(intent.confirm(with(Card::Mastercard)), Ok(News::Succeeded));
    assert_eq!(intent.last_failure, None);
}

#[test]
fn the_bank_asks_and_the_customer_passes_or_not() {
    for (passed, status) in [(true, Status::Succeeded), (false, Status::RequiresPaymentMethod)] {
        let mut intent = intent();
        assert_eq!(intent.confirm(with(Card::AuthenticationRequired)), Ok(News::RequiresAction));
        assert_eq!(intent.amount_received, 0);
        intent.authenticate(passed, "ch_2".to_owned()).unwrap();
        assert_eq!(intent.status, status);
        assert_eq!(intent.authenticate(true, "ch_3".to_owned()), Err(Unfit::State), "it is decided once");
    }
}

#[test]
fn a_customer_who_is_not_there_can_pass_no_check() {
    let mut intent = intent();
    intent.confirm(Attempt { off_session: true, ..with(Card::AuthenticationRequired) }).unwrap();
    assert_eq!(intent.last_failure.unwrap().decline_code(), Some("authentication_required"));
}

#[test]
fn an_intent_that_may_send_elsewhere_needs_a_way_back() {
    let mut intent = Intent::new("pi_1".to_owned(), terms(Some(Redirects::Always)), Some(Card::Visa), 0);
    let before = intent.clone();
    assert_eq!(intent.confirm(with(Card::Visa)), Err(Unfit::NoReturnUrl));
    assert_eq!(intent, before);
    let back = Attempt { return_url: Some("https://shop/".to_owned()), ..with(Card::Visa) };
    assert_eq!(intent.confirm(back), Ok(News::Succeeded));
}

#[test]
fn a_decline_on_order_beats_the_card() {
    let mut intent = intent();
    let decline = Some("lost_card".to_owned().try_into().unwrap());
    assert_eq!(intent.confirm(Attempt { decline, ..with(Card::Visa) }), Ok(News::Failed));
}

#[test]
fn refunds_end_where_the_money_ends() {
    let mut intent = intent();
    assert_eq!(intent.refund(None), Err(Unfit::State));
    intent.confirm(with(Card::Visa)).unwrap();
    assert_eq!(intent.refund(Some(4_000)), Ok(4_000));
    assert_eq!(intent.refund(Some(901)), Err(Unfit::RefundTooLarge(900)));
    assert_eq!(intent.refund(None), Ok(900));
    assert_eq!(intent.refund(Some(1)), Err(Unfit::AlreadyRefunded));
}

/// Everything that can be done to an intent.
#[derive(Debug, Clone)]
enum Deed {
    Confirm(Attempt),
    Authenticate(bool),
    Cancel,
    Refund(Option<i64>),
}

fn deed() -> impl Strategy<Value = Deed> {
    let card = prop::option::of(prop::sample::select(Card::ALL.to_vec()));
    let confirm = (card, any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(card, off_session, declined)| {
        let decline = declined.then(|| "lost_card".to_owned().try_into().unwrap());
        Deed::Confirm(Attempt { card, off_session, decline, ..with(Card::Visa) })
    });
    prop_oneof![
        4 => confirm,
        2 => any::<bool>().prop_map(Deed::Authenticate),
        1 => Just(Deed::Cancel),
        3 => prop::option::of(1..6_000_i64).prop_map(Deed::Refund),
    ]
}

proptest! {
    #[test]
    fn money_is_taken_once_and_never_more_goes_back_than_came(deeds in prop::collection::vec(deed(), 0..24)) {
        let mut intent = intent();
        let (mut paid, mut refunded) = (0, 0);
        for deed in deeds {
            let before = intent.clone();
            let done = match deed {
                Deed::Confirm(attempt) => intent.confirm(attempt).map(|news| paid += i32::from(news == News::Succeeded)),
                Deed::Authenticate(passed) => intent
                    .authenticate(passed, "ch_2".to_owned())
                    .map(|news| paid += i32::from(news == News::Succeeded)),
                Deed::Cancel => intent.cancel(None, 1).map(|_| ()),
                Deed::Refund(amount) => intent.refund(amount).map(|amount| refunded += amount),
            };
            if done.is_err() {
                prop_assert_eq!(&intent, &before, "what is refused changes nothing");
            }
            if !before.status.is_open() {
                prop_assert_eq!(intent.status, before.status, "what is decided stays so");
            }
            let received = if intent.status == Status::Succeeded { 4_900 } else { 0 };
            prop_assert_eq!(intent.amount_received, received);
            prop_assert_eq!(intent.amount_refunded, refunded);
            prop_assert!(refunded <= received && paid <= 1);
        }
    }
}
