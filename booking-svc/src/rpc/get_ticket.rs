//! `GetTicket`: one seat's ticket, drawn.

use tonic::Request;
use usher::{
    contract::{
        access::Access,
        account::Role,
        api::HttpBody,
        booking::{GetTicketRequest, get_ticket_request::Format},
    },
    id::TicketId,
    reason::Refusal,
};

use super::Booking;
use crate::{admission::issue, error::Error, printed_ticket, qr::Qr, state::Status, store::faces, token};

pub async fn handle(service: &Booking, request: Request<GetTicketRequest>) -> Result<HttpBody, Error> {
    let (metadata, _, body) = request.into_parts();
    let caller = service.keys.authorize(Access::SignedIn, &metadata, "", 0).await?;
    let format = Format::try_from(body.format).map_err(|_| Refusal::field("format", "must be SVG or PNG"))?;
    let (event, booking) = token::parse_booking(&body.booking_id).ok_or(Error::UnknownBooking)?;
    let owner = (caller.role != Role::Admin).then_some(caller.user_id);
    let found = service.checkout.find(event, booking, owner).await?.booking;
    if found.status != Status::Booked {
        return Err(Error::NotBooked("only a BOOKED booking has tickets"));
    }
    let not_its_own = || Error::NotBooked("the booking does not have that seat");
    let ticket = TicketId::new(body.ticket_id).filter(|ticket| ticket.event() == event).ok_or_else(not_its_own)?;
    let face = service.database.read_primary(|conn| Box::pin(faces::find_face(conn, ticket, booking))).await?;
    let face = face.ok_or_else(not_its_own)?;

    let text = issue(&service.tickets_key, event, booking, ticket.get(), &face.seat_number)?;
    let qr = Qr::new(&text).ok_or_else(|| Error::Defect(format!("ticket {ticket}'s token fits no QR code")))?;
    let (content_type, data) = match format {
        Format::Unspecified | Format::Svg => {
            ("image/svg+xml", printed_ticket::svg(&face, &body.booking_id, &qr).into_bytes())
        }
        Format::Png => ("image/png", qr.png()?),
    };
    Ok(HttpBody { content_type: content_type.to_owned(), data, extensions: Vec::new() })
}
