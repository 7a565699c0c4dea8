// The tickets: one QR code for each seat, drawn by the server.
import { useEffect, useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { type Booking, GetTicketRequest_Format } from "../../contract/usher/booking/v1/booking_pb";
import { say } from "../../words/words";

export function Tickets({ booking }: { booking: Booking }) {
  return (
    <section class="tickets" aria-label={say("booking.tickets")}>
      <ul>
        {booking.admissions.map((admission) => (
          <li class="ticket" key={String(admission.ticketId)}>
            <Code bookingId={booking.bookingId} ticketId={admission.ticketId} seat={admission.seatNumber} />
            <div class="stub">
              <p class="kicker">{say("booking.seat")}</p>
              <p class="seat-number">{admission.seatNumber}</p>
              <details>
                <summary>{say("booking.code")}</summary>
                <code class="token">{admission.token}</code>
              </details>
            </div>
          </li>
        ))}
      </ul>
      <p class="aside">{say("booking.show")}</p>
      <button type="button" class="button quiet" onClick={() => print()}>
        {say("booking.print")}
      </button>
    </section>
  );
}

/** The picture needs the token of whoever is signed in, so that it can't simply be linked. */
function Code({ bookingId, ticketId, seat }: { bookingId: string; ticketId: bigint; seat: string }) {
  const [picture, setPicture] = useState<string | undefined>(undefined);
  useEffect(() => {
    let address: string | undefined;
    const gone = new AbortController();
    bookings.getTicket({ bookingId, ticketId, format: GetTicketRequest_Format.PNG }, { signal: gone.signal }).then(
      ({ contentType, data }) => {
        address = URL.createObjectURL(new Blob([data as Uint8Array<ArrayBuffer>], { type: contentType }));
        setPicture(address);
      },
      () => setPicture(undefined),
    );
    return () => {
      gone.abort();
      if (address) URL.revokeObjectURL(address);
    };
  }, [bookingId, ticketId]);
  return picture ? (
    <img class="qr" src={picture} alt={say("booking.qr", { seat })} width={180} height={180} />
  ) : (
    <span class="qr bone" />
  );
}
