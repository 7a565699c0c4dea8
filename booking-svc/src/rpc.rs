//! The contract's service; delegates only.

mod block_seats;
mod book;
mod cancel;
mod check_in;
mod decode;
mod encode;
mod find_bookings;
mod get_booking;
mod get_ticket;
mod get_ticket_keys;
mod list_bookings;
mod list_sales;
mod list_taken_seats;
mod page;
mod payment_callback;
mod release;
mod reseat;
mod reserve;
mod reserve_best;
mod sell_at_door;
mod settle_refund;

use std::sync::Arc;

use chrono::DateTime;
use secrecy::SecretString;
use tonic::{Request, Response, Status, async_trait};
use usher::{
    contract::{
        api::HttpBody,
        booking::{
            BlockSeatsRequest, BlockSeatsResponse, BookRequest, BookResponse, CancelRequest, CancelResponse,
            CheckInRequest, CheckInResponse, FindBookingsRequest, FindBookingsResponse, GetBookingRequest,
            GetBookingResponse, GetTicketKeysRequest, GetTicketKeysResponse, GetTicketRequest, ListBookingsRequest,
            ListBookingsResponse, ListSalesRequest, ListSalesResponse, ListTakenSeatsRequest, ListTakenSeatsResponse,
            PaymentCallbackRequest, PaymentCallbackResponse, ReleaseRequest, ReleaseResponse, ReseatRequest,
            ReseatResponse, ReserveBestRequest, ReserveBestResponse, ReserveRequest, ReserveResponse,
            SellAtDoorRequest, SellAtDoorResponse, SettleRefundRequest, SettleRefundResponse,
            booking_service_server::BookingService,
        },
    },
    database::Database,
    feed::Publisher,
    id::EventId,
    identity::Keys,
    pass::{Bearer, PassKeys},
    signing::{PublicKey, SigningKey},
};

use crate::{best_queue::BestQueue, checkout::Checkout, reserve_queue::ReserveQueue, seat::Timestamp};

/// What the RPCs work with.
pub struct Booking {
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) feed: Publisher,
    pub(crate) queue: ReserveQueue,
    pub(crate) best_queue: BestQueue,
    pub(crate) checkout: Checkout,
    pub(crate) tickets_key: SigningKey,
    /// The keys whose tickets admit: the one that signs comes first.
    pub(crate) admitting_keys: Arc<[PublicKey]>,
    pub(crate) webhook_secrets: Arc<[SecretString]>,
    pub(crate) passes: PassKeys,
}

impl Booking {
    /// Until when a pass from a waiting room is the user's; `None` where it is not.
    fn pass_until(&self, pass: &str, event: EventId, user_id: i64) -> Option<Timestamp> {
        let until = self.passes.end(pass, Bearer { event, user_id })?;
        DateTime::from_timestamp(until, 0)
    }
}

#[async_trait]
impl BookingService for Booking {
    async fn reserve(&self, request: Request<ReserveRequest>) -> Result<Response<ReserveResponse>, Status> {
        Ok(Response::new(reserve::handle(self, request).await?))
    }

    async fn reserve_best(
        &self,
        request: Request<ReserveBestRequest>,
    ) -> Result<Response<ReserveBestResponse>, Status> {
        Ok(Response::new(reserve_best::handle(self, request).await?))
    }

    async fn release(&self, request: Request<ReleaseRequest>) -> Result<Response<ReleaseResponse>, Status> {
        Ok(Response::new(release::handle(self, request).await?))
    }

    async fn book(&self, request: Request<BookRequest>) -> Result<Response<BookResponse>, Status> {
        Ok(Response::new(book::handle(self, request).await?))
    }

    async fn get_booking(&self, request: Request<GetBookingRequest>) -> Result<Response<GetBookingResponse>, Status> {
        Ok(Response::new(get_booking::handle(self, request).await?))
    }

    async fn list_bookings(
        &self,
        request: Request<ListBookingsRequest>,
    ) -> Result<Response<ListBookingsResponse>, Status> {
        Ok(Response::new(list_bookings::handle(self, request).await?))
    }

    async fn cancel(&self, request: Request<CancelRequest>) -> Result<Response<CancelResponse>, Status> {
        Ok(Response::new(cancel::handle(self, request).await?))
    }

    async fn list_sales(&self, request: Request<ListSalesRequest>) -> Result<Response<ListSalesResponse>, Status> {
        Ok(Response::new(list_sales::handle(self, request).await?))
    }

    async fn list_taken_seats(
        &self,
        request: Request<ListTakenSeatsRequest>,
    ) -> Result<Response<ListTakenSeatsResponse>, Status> {
        Ok(Response::new(list_taken_seats::handle(self, request).await?))
    }

    async fn find_bookings(
        &self,
        request: Request<FindBookingsRequest>,
    ) -> Result<Response<FindBookingsResponse>, Status> {
        Ok(Response::new(find_bookings::handle(self, request).await?))
    }

    async fn block_seats(&self, request: Request<BlockSeatsRequest>) -> Result<Response<BlockSeatsResponse>, Status> {
        Ok(Response::new(block_seats::handle(self, request).await?))
    }

    async fn sell_at_door(&self, request: Request<SellAtDoorRequest>) -> Result<Response<SellAtDoorResponse>, Status> {
        Ok(Response::new(sell_at_door::handle(self, request).await?))
    }

    async fn reseat(&self, request: Request<ReseatRequest>) -> Result<Response<ReseatResponse>, Status> {
        Ok(Response::new(reseat::handle(self, request).await?))
    }

    async fn settle_refund(
        &self,
        request: Request<SettleRefundRequest>,
    ) -> Result<Response<SettleRefundResponse>, Status> {
        Ok(Response::new(settle_refund::handle(self, request).await?))
    }

    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Result<Response<HttpBody>, Status> {
        Ok(Response::new(get_ticket::handle(self, request).await?))
    }

    async fn get_ticket_keys(
        &self,
        _: Request<GetTicketKeysRequest>,
    ) -> Result<Response<GetTicketKeysResponse>, Status> {
        Ok(Response::new(get_ticket_keys::handle(self)))
    }

    async fn check_in(&self, request: Request<CheckInRequest>) -> Result<Response<CheckInResponse>, Status> {
        Ok(Response::new(check_in::handle(self, request).await?))
    }

    async fn payment_callback(
        &self,
        request: Request<PaymentCallbackRequest>,
    ) -> Result<Response<PaymentCallbackResponse>, Status> {
        Ok(Response::new(payment_callback::handle(self, request).await?))
    }
}
