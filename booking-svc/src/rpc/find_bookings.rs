//! `FindBookings`: bookings of all customers.

use tonic::Request;
use usher::contract::{
    access::Access,
    booking::{FindBookingsRequest, FindBookingsResponse},
};

use super::{Booking, decode, encode};
use crate::{error::Error, store::found, view::without_admissions};

pub async fn handle(service: &Booking, request: Request<FindBookingsRequest>) -> Result<FindBookingsResponse, Error> {
    let (metadata, _, body) = request.into_parts();
    service.keys.authorize(Access::Admin, &metadata, "", 0).await?;
    let page = decode::page(body.page)?;
    let sought = decode::sought(body.event_id, &body.email, body.seat_number)?;
    let read = service.database.read(move |conn| {
        let sought = sought.clone();
        Box::pin(async move {
            let (found, total) = found::find_bookings(conn, &sought, page.size(), page.offset()).await?;
            let around = found::list_surroundings(conn, &found).await?;
            let views = without_admissions(conn, found).await?;
            Ok::<_, Error>((views.into_iter().map(|view| around.around(view)).collect::<Vec<_>>(), total))
        })
    });
    let (found, total) = read.await?;
    let bookings = found.into_iter().map(|found| encode::found(found, &service.tickets_key));
    Ok(FindBookingsResponse {
        bookings: bookings.collect::<Result<_, _>>()?,
        page: page.number(),
        total_pages: page.pages_for(total),
        total_count: total,
    })
}
