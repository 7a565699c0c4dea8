//! `SettleRefund`: notes that a person gave back what the provider did not.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{SettleRefundRequest, SettleRefundResponse},
};

use super::{Booking, decode, encode};
use crate::{
    error::Error,
    refunding::{Settlement, settle_refunds},
    token,
};

pub async fn handle(service: &Booking, request: Request<SettleRefundRequest>) -> Result<SettleRefundResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let (event, booking) = token::parse_booking(&body.booking_id).ok_or(Error::UnknownBooking)?;
    let (amount, reason) = (body.amount, decode::reason(body.reason)?);
    settle_refunds(&service.database, Settlement { admin_id: caller.user_id, event, booking, amount, reason }).await?;
    let view = service.checkout.find(event, booking, None).await?;
    Ok(SettleRefundResponse { booking: Some(encode::booking(view, &service.tickets_key)?) })
}
