//! One client: calls the booking service, directly or through the edge, as one customer after another, and writes down
//! what it does and hears.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use data_encoding::BASE32_NOPAD;
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use usher::{
    contract::booking::{
        self as contract, BlockSeatsRequest, BookRequest, CancelRequest, CardInfo, GetBookingRequest, ReleaseRequest,
        ReseatRequest, ReserveBestRequest, ReserveRequest, SellAtDoorRequest, sell_at_door_request::Payment,
    },
    reason::Reason,
};
use uuid::Uuid;

use super::{
    Notebook,
    door::{Door, Failure, PATIENCE},
};
use crate::{
    harness::{Clock, Mesh, Sandbox, Tokens},
    story::{Answer, Call, Op},
};

/// Those who hang up do so within this time, in milliseconds: about as long as an answer takes.
const HANG_UP_MS_MAX: u64 = 40;

/// A client.
pub struct Client {
    /// Where its choices come from.
    pub chance: StdRng,
    /// The provider's and the bank's pages.
    pub sandbox: Sandbox,
    door: Door,
    open: Box<dyn Fn() -> Door + Send>,
    user: i64,
    token: String,
    hung_up: f64,
    tokens: Tokens,
    clock: Clock,
    notebook: Notebook,
}

/// What a call came to, for the client itself.
pub enum Heard<T> {
    Yes(T),
    No(Reason),
    Nothing,
}

impl Client {
    /// The client `n`: the clients share out the doors, which are each booking service and the edges.
    pub fn new(mesh: &Mesh, n: usize, chance: StdRng, notebook: Notebook) -> Self {
        let services = mesh.doors() - 1;
        let open: Box<dyn Fn() -> Door + Send> = match mesh.bookings[..services].get(n % mesh.doors()).cloned() {
            Some(url) => Box::new(move || Door::service(&url)),
            None => Box::new({
                let front = mesh.front.clone();
                move || Door::edge(&front)
            }),
        };
        let mut client = Self {
            chance,
            sandbox: mesh.sandbox.clone(),
            door: open(),
            open,
            user: 0,
            token: String::new(),
            hung_up: mesh.setting.hung_up,
            tokens: mesh.tokens.clone(),
            clock: mesh.clock,
            notebook,
        };
        client.become_somebody_else();
        client
    }

    /// Goes on as a customer who was never here before.
    pub fn become_somebody_else(&mut self) {
        self.become_new("CUSTOMER");
    }

    /// The same client, who works for the house.
    pub fn of_the_house(mut self) -> Self {
        self.become_new("ADMIN");
        self
    }

    fn become_new(&mut self, role: &str) {
        static NEXT: AtomicI64 = AtomicI64::new(1_000_000);
        self.user = NEXT.fetch_add(1, Ordering::Relaxed);
        self.token = self.tokens.make(self.user, role);
    }

    /// Lets the house know of a booking.
    pub fn shows(&self, booking: &contract::Booking) {
        if let Some(ticket) = booking.ticket_ids.first() {
            self.notebook.add_booked(&booking.booking_id, *ticket);
        }
    }

    /// A booking that some customer was told of, and one of its seats.
    pub fn somebodys_booking(&mut self) -> Option<(String, i64)> {
        let told = self.notebook.booked();
        told.choose(&mut self.chance).cloned()
    }

    /// The same client, which never hangs up.
    pub fn patient(mut self) -> Self {
        self.hung_up = 0.0;
        self
    }

    pub async fn reserve(&mut self, tickets: &[i64], request: Option<&str>) -> Heard<contract::Reservation> {
        let op = Op::Reserve { tickets: tickets.to_vec(), request: request.map(ToOwned::to_owned) };
        let request_id = request.unwrap_or_default().to_owned();
        let message = ReserveRequest { ticket_ids: tickets.to_vec(), request_id, ..ReserveRequest::default() };
        let (door, token, clock) = (self.door.clone(), self.token.clone(), self.clock);
        self.call(op, async move { door.reserve(&token, message).await }, |answer| {
            held(answer.reservation.unwrap(), clock)
        })
        .await
    }

    pub async fn reserve_best(
        &mut self,
        event: i64,
        seats: usize,
        request: Option<&str>,
    ) -> Heard<contract::Reservation> {
        let op = Op::ReserveBest { seats, request: request.map(ToOwned::to_owned) };
        let message = ReserveBestRequest {
            event_id: event,
            quantity: i32::try_from(seats).unwrap(),
            request_id: request.unwrap_or_default().to_owned(),
            ..ReserveBestRequest::default()
        };
        let (door, token, clock) = (self.door.clone(), self.token.clone(), self.clock);
        let sent = async move { door.reserve_best(&token, message).await };
        self.call(op, sent, |answer| held(answer.reservation.unwrap(), clock)).await
    }

    pub async fn book(&mut self, reservation: &str, card: &str, request: Option<&str>) -> Heard<contract::Booking> {
        let op = Op::Book { reservation: id(reservation), request: request.map(ToOwned::to_owned) };
        let message = BookRequest {
            reservation_id: reservation.to_owned(),
            card_info: Some(CardInfo { payment_method: card.to_owned() }),
            request_id: request.unwrap_or_default().to_owned(),
            ..BookRequest::default()
        };
        let (door, token) = (self.door.clone(), self.token.clone());
        let sent = async move { door.book(&token, message).await };
        self.call(op, sent, |answer| stands(answer.booking.unwrap())).await
    }

    pub async fn release(&mut self, reservation: &str) -> Heard<Vec<i64>> {
        let op = Op::Release { reservation: id(reservation) };
        let message = ReleaseRequest { reservation_id: reservation.to_owned(), ..ReleaseRequest::default() };
        let (door, token) = (self.door.clone(), self.token.clone());
        self.call(op, async move { door.release(&token, message).await }, |answer| {
            (Answer::Released { tickets: answer.ticket_ids.clone() }, answer.ticket_ids)
        })
        .await
    }

    pub async fn look(&mut self, name: &str) -> Heard<contract::Booking> {
        let op = Op::Look { booking: id(name) };
        let message = GetBookingRequest { booking_id: name.to_owned() };
        let (door, token) = (self.door.clone(), self.token.clone());
        let sent = async move { door.look(&token, message).await };
        self.call(op, sent, |answer| stands(answer.booking.unwrap())).await
    }

    /// Gives a booking back, or some of its seats.
    pub async fn cancel(&mut self, name: &str, tickets: &[i64], request: Option<&str>) -> Heard<contract::Booking> {
        let op = Op::Cancel { booking: id(name), tickets: tickets.to_vec(), request: request.map(ToOwned::to_owned) };
        let message = CancelRequest {
            booking_id: name.to_owned(),
            ticket_ids: tickets.to_vec(),
            request_id: request.unwrap_or_default().to_owned(),
            ..CancelRequest::default()
        };
        let (door, token) = (self.door.clone(), self.token.clone());
        self.call(op, async move { door.cancel(&token, message).await }, |answer| {
            let booking = answer.booking.unwrap();
            let left = booking.ticket_ids.clone();
            (Answer::GivenBack { refund: answer.refund_amount, fee: answer.fee, left }, booking)
        })
        .await
    }

    /// Sells at the door.
    pub async fn sell(&mut self, tickets: &[i64], payment: Payment, request: &str) -> Heard<contract::Booking> {
        let op = Op::Sell { tickets: tickets.to_vec(), request: Some(request.to_owned()) };
        let mut message = SellAtDoorRequest {
            ticket_ids: tickets.to_vec(),
            reason: "at the door".to_owned(),
            request_id: request.to_owned(),
            ..SellAtDoorRequest::default()
        };
        message.set_payment(payment);
        let (door, token) = (self.door.clone(), self.token.clone());
        let sent = async move { door.sell(&token, message).await };
        self.call(op, sent, |answer| stands(answer.booking.unwrap())).await
    }

    /// Keeps seats back, or no longer.
    pub async fn block(&mut self, tickets: &[i64], block: bool) -> Heard<i32> {
        let tickets = tickets.to_vec();
        let message =
            BlockSeatsRequest { ticket_ids: tickets.clone(), unblock: !block, reason: "for the house".to_owned() };
        let op = if block { Op::Block { tickets } } else { Op::Unblock { tickets } };
        let (door, token) = (self.door.clone(), self.token.clone());
        self.call(op, async move { door.block(&token, message).await }, |answer| {
            (Answer::Changed { seats: answer.changed }, answer.changed)
        })
        .await
    }

    /// Moves a guest.
    pub async fn move_guest(&mut self, name: &str, from: i64, to: i64) -> Heard<contract::Booking> {
        let op = Op::Move { booking: id(name), from, to };
        let message = ReseatRequest {
            booking_id: name.to_owned(),
            from_ticket_id: from,
            to_ticket_id: to,
            reason: "a pillar".to_owned(),
        };
        let (door, token) = (self.door.clone(), self.token.clone());
        let sent = async move { door.move_guest(&token, message).await };
        self.call(op, sent, |answer| stands(answer.booking.unwrap())).await
    }

    /// Sends a call, waits for its answer or hangs up, and writes it down.
    async fn call<M, T>(
        &mut self,
        op: Op,
        sent: impl Future<Output = Result<M, Failure>>,
        read: impl FnOnce(M) -> (Answer, T),
    ) -> Heard<T> {
        let hangs_up = self.chance.random_bool(self.hung_up);
        let patience = match hangs_up {
            true => Duration::from_millis(self.chance.random_range(0..HANG_UP_MS_MAX)),
            false => PATIENCE,
        };
        let begun = self.clock.now();
        let answered = tokio::time::timeout(patience, sent).await;
        let ended = self.clock.now();
        let (answer, heard) = match answered {
            Ok(Ok(answer)) => {
                let (answer, found) = read(answer);
                (answer, Heard::Yes(found))
            }
            Ok(Err(Answer::Refused(reason))) => (Answer::Refused(reason), Heard::No(reason)),
            Ok(Err(failure)) => (failure, Heard::Nothing),
            Err(_) => (Answer::Unknown("the client hung up".to_owned()), Heard::Nothing),
        };
        if hangs_up && self.chance.random_bool(0.5) {
            // The whole connection goes.
            self.door = (self.open)();
        }
        self.notebook.add(Call { user: self.user, op, begun, ended, answer });
        heard
    }
}

/// The hold, as an answer and as it came.
fn held(held: contract::Reservation, clock: Clock) -> (Answer, contract::Reservation) {
    let until = clock.of(held.expires_at.unwrap().try_into().unwrap());
    let (reservation, tickets) = (id(&held.reservation_id), held.ticket_ids.clone());
    (Answer::Reserved { reservation, tickets, amount: held.amount, until }, held)
}

/// The booking, as an answer and as it came.
fn stands(booking: contract::Booking) -> (Answer, contract::Booking) {
    let (mut tickets, amount) = (booking.ticket_ids.clone(), booking.amount);
    tickets.sort_unstable();
    (Answer::Booking { booking: id(&booking.booking_id), status: booking.status(), tickets, amount }, booking)
}

/// The id in a name that the contract gives (`rsv_…`, `bkg_…`): its first 16 bytes.
fn id(name: &str) -> Uuid {
    let (_, name) = name.split_once('_').unwrap();
    let bytes = BASE32_NOPAD.decode(name.to_ascii_uppercase().as_bytes()).unwrap();
    Uuid::from_slice(&bytes[..16]).unwrap()
}
