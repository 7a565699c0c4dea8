// Back from the bank. The provider says which payment it was about; the booking says what became of it.

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { bookings } from "../api/clients";
import { type Failure, toFailure } from "../api/failure";
import { holdsOf } from "../hold/hold";
import { Explained } from "../parts/Explained";
import { useTitle, Waiting } from "../parts/parts";
import { session } from "../session/session";
import { say } from "../words/words";

export function PayReturn() {
  const { query, route } = useLocation();
  // As it was on arrival: while the next page loads, this one is still here and sees its address.
  const [intent] = useState(query.payment_intent ?? "");
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  useTitle(say("return.title"));
  useEffect(() => {
    if (!session.value) return route(`/login?next=${encodeURIComponent(`/pay/return?payment_intent=${intent}`)}`, true);
    find(intent).then(
      (id) => route(id ? `/booking/${id}` : "/bookings", true),
      (error) => setFailure(toFailure(error)),
    );
  }, [intent]);
  return (
    <section class="narrow">
      <h1>{say("return.title")}</h1>
      {failure ? <Explained failure={failure} deed="pay" /> : <Waiting />}
    </section>
  );
}

/** The booking of that payment: this browser's own, else one of the account's newest. */
async function find(intent: string): Promise<string | undefined> {
  const answer = await bookings.listBookings({ page: 1 });
  const byIntent = answer.bookings.find(({ paymentIntentId }) => paymentIntentId === intent);
  return byIntent?.bookingId ?? holdsOf(session.value?.userId).findLast(({ bookingId }) => bookingId)?.bookingId;
}
