//! `ListSales`: how events sell.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{ListSalesRequest, ListSalesResponse},
};

use super::{Booking, decode, encode};
use crate::{error::Error, store::sales};

pub async fn handle(service: &Booking, request: Request<ListSalesRequest>) -> Result<ListSalesResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let events = decode::events(body.event_ids)?;
    let read = service.database.read(move |conn| {
        let events = events.clone();
        Box::pin(async move { sales::list_sales(conn, &events).await })
    });
    Ok(ListSalesResponse { sales: read.await?.into_iter().map(encode::sales).collect() })
}
