//! How a good story can be damaged.

use usher::{contract::booking::booking::Status, reason::Reason};

use super::{
    ANN, BOB, CID, DAN, EVE, FAY, GUS, HOLD, HOUSE, PRICE, blocked, book, booking, call, charge, free, give_back,
    given_back, id, ms, refund, reserve, seat, sold, stands,
};
use crate::story::{Answer, Booking, Op, Refund, Story};

/// What is broken, how, and which invariant must be named. Each breaks one and no other.
pub type Break = (&'static str, &'static str, fn(&mut Story));

pub const BREAKS: [Break; 38] = [
    ("I1", "two users hold a seat at the same time", |story| {
        story.calls.push(reserve(EVE, 300, 19, &[3]));
        // Long after both holds.
        story.end_at = ms(200_000);
    }),
    ("I1", "a ticket is in two BOOKED bookings", |story| {
        story.end.bookings.push(booking(29, ANN, &[1], "BOOKED"));
        story.end.charges.push(charge(29, PRICE, 0));
        story.end.seats[0].booking = Some(id(29));
        story.calls.push(book(ANN, 600, 11, "ann-again", Answer::Unknown(String::new())));
    }),
    ("I1", "a BOOKED seat's booking is FAILED", |story| story.end.seats[2] = seat(3, BOB, 12, 5, Some(22))),
    ("I2", "money was taken for a booking that is not there", |story| story.end.charges.push(charge(99, PRICE, 0))),
    ("I2", "money was taken twice for one booking", |story| story.end.charges.push(charge(21, 2 * PRICE, 0))),
    ("I2", "a booking is BOOKED without its money", |story| story.end.charges[0].taken = 0),
    ("I2", "a booking is BOOKED though its money went back", |story| story.end.charges[0].returned = 2 * PRICE),
    ("I3", "a FAILED booking was charged", |story| story.end.charges[1].taken = PRICE),
    ("I3", "a hold does not outlive its declined payment", |story| {
        story.calls.push(book(BOB, 600, 12, "bob-2", Answer::Refused(Reason::NotReserved)));
    }),
    ("I4", "a hold is shorter than a hold is", |story| {
        let Answer::Reserved { until, .. } = &mut story.calls[8].answer else { panic!() };
        *until = HOLD / 2;
    }),
    ("I4", "a holder is told that there is no hold", |story| {
        story.calls.push(book(DAN, 600, 14, "dan", Answer::Refused(Reason::HoldExpired)));
    }),
    ("I4", "a held seat is booked by somebody else", |story| {
        story.calls.push(call(EVE, 600, Op::Look { booking: id(24) }, stands(24, Status::Booked, &[4])));
        story.calls.push(book(EVE, 500, 15, "eve", Answer::Unknown(String::new())));
        story.end.bookings.push(booking(24, EVE, &[4], "BOOKED"));
        story.end.charges.push(charge(24, PRICE, 0));
        story.end.seats[3] = seat(4, EVE, 16, 305, Some(24));
        story.calls.push(call(
            EVE,
            300,
            Op::Reserve { tickets: vec![4], request: None },
            Answer::Unknown(String::new()),
        ));
        story.end_at = ms(200_000);
    }),
    ("I4", "a payment found its seats gone", |story| {
        story.end.bookings.push(booking(24, EVE, &[6], "REFUNDED"));
        story.end.refunds.push(Refund { booking: id(24), tickets: vec![6], amount: PRICE, fee: 0 });
        story.end.charges.push(charge(24, PRICE, PRICE));
        story.calls.push(book(EVE, 600, 15, "eve", Answer::Unknown(String::new())));
    }),
    ("I5", "the same request reserves anew", |story| {
        let mut again = reserve(DAN, 600, 14, &[4]);
        let Answer::Reserved { until, .. } = &mut again.answer else { panic!() };
        *until += ms(1);
        story.calls.push(again);
    }),
    ("I5", "the same request is refused later", |story| {
        let mut again = reserve(DAN, 600, 14, &[4]);
        again.answer = Answer::Refused(Reason::SeatTaken);
        story.calls.push(again);
    }),
    ("I5", "the same request books anew", |story| {
        story.calls.push(book(ANN, 600, 11, "ann", stands(22, Status::Pending, &[1, 2])));
    }),
    ("I5", "what was declined is booked later by the same request", |story| {
        story.end.bookings[1].status = "BOOKED".to_owned();
        story.end.seats[2] = seat(3, BOB, 12, 5, Some(22));
        story.end.charges[1].taken = PRICE;
        story.calls.push(book(BOB, 600, 12, "bob", stands(22, Status::Booked, &[3])));
    }),
    ("I5", "one request makes two bookings", |story| {
        story.end.bookings.push(booking(29, BOB, &[3], "FAILED"));
    }),
    ("I6", "half of a wish is answered as all of it", |story| {
        story.calls.push(call(
            EVE,
            600,
            Op::Reserve { tickets: vec![5, 6], request: None },
            Answer::Reserved { reservation: id(15), tickets: vec![5], amount: PRICE, until: ms(205) + HOLD },
        ));
    }),
    ("I6", "half of a wish was taken, whatever was heard of it", |story| story.end.seats[5] = free(6)),
    ("I6", "a booking lacks one of its seats", |story| story.end.seats[1] = seat(2, ANN, 11, 5, None)),
    ("I7", "an acknowledged hold is gone", |story| story.end.seats[3] = free(4)),
    ("I7", "an acknowledged booking is gone", |story| {
        story.end.bookings.remove(0);
        story.end.charges.remove(0);
        story.end.seats[0] = seat(1, ANN, 11, 5, None);
        story.end.seats[1] = seat(2, ANN, 11, 5, None);
    }),
    ("I7", "what was told to be BOOKED is PENDING again", |story| {
        story.end.bookings[0].status = "PENDING".to_owned();
        story.end.charges[0].taken = 0;
        story.end.seats[0] = seat(1, ANN, 11, 5, None);
        story.end.seats[1] = seat(2, ANN, 11, 5, None);
    }),
    ("I1", "a seat is told to be sold while its owner has it still", |story| {
        // Fay has given back her other seat, and is not moved yet.
        let sold = stands(29, Status::Booked, &[8]);
        story.calls.push(book(EVE, 660, 19, "eve", sold));
        story.calls.push(give_back(EVE, 690, 29, &[], "eve-back", given_back(PRICE, &[8])));
        story.end.bookings.push(booking(29, EVE, &[8], "REFUNDED"));
        story.end.refunds.push(refund(29, &[8]));
        story.end.charges.push(charge(29, PRICE, PRICE));
    }),
    ("I1", "a seat that the house keeps back is held", |story| {
        story.calls.push(reserve(EVE, 900, 19, &[13]));
        story.end_at = ms(200_000);
    }),
    ("I2", "the money for a seat that was given back is kept", |story| story.end.charges[2].returned = 0),
    ("I2", "a booking was given back whole, and its money in part", |story| {
        story.end.refunds[1].amount = PRICE / 2;
        story.end.charges[3].returned = PRICE / 2;
        let told = story.calls.iter_mut().find(|call| call.user == GUS && matches!(call.op, Op::Cancel { .. }));
        told.unwrap().answer = given_back(PRICE / 2, &[11]);
    }),
    ("I2", "a seat was given back twice", |story| {
        story.calls.push(give_back(FAY, 900, 26, &[9], "fay-again", Answer::Unknown(String::new())));
        story.end.refunds.push(refund(26, &[9]));
        story.end.charges[2].returned = 2 * PRICE;
    }),
    ("I5", "what was given back is refused later by the same request", |story| {
        story.calls.push(give_back(FAY, 900, 26, &[9], "fay-back", Answer::Refused(Reason::NotReserved)));
    }),
    ("I5", "one sale at the door makes two bookings", |story| {
        story.end.bookings.push(Booking { user: None, reservation: None, ..booking(32, HOUSE, &[7], "BOOKED") });
        story.end.seats[6] = sold(7, None, 32);
    }),
    ("I6", "half of a sale at the door", |story| {
        let sale = story.calls.iter_mut().find(|call| matches!(call.op, Op::Sell { .. }));
        sale.unwrap().op = Op::Sell { tickets: vec![7, 12], request: Some("sale".to_owned()) };
    }),
    ("I6", "fewer of the best seats than were asked for", |story| {
        let best = story.calls.iter_mut().find(|call| matches!(call.op, Op::ReserveBest { .. }));
        best.unwrap().op = Op::ReserveBest { seats: 3, request: Some("fay".to_owned()) };
    }),
    ("I7", "what was given back is booked again", |story| {
        story.end.bookings[3].status = "BOOKED".to_owned();
        story.end.refunds.pop();
        story.end.charges[3].returned = 0;
        story.end.seats[10] = seat(11, GUS, 17, 505, Some(27));
    }),
    ("I7", "a guest who was moved has the old seat again", |story| {
        story.end.bookings[2].tickets = vec![8];
        story.end.seats[7] = sold(8, Some(FAY), 26);
        story.end.seats[9] = free(10);
    }),
    ("I7", "a seat that the house keeps back is on sale", |story| story.end.seats[12] = free(13)),
    ("I7", "a seat that is on sale again is kept back", |story| story.end.seats[13] = blocked(14)),
    ("I7", "an acknowledged release is undone", |story| {
        story.calls.retain(|call| call.user != DAN);
        story.end.seats[3] = seat(4, CID, 13, 5, None);
    }),
];
