// Who has the chosen seat, and what can be done for them.
import { useEffect, useState } from "preact/hooks";
import { bookings } from "../../api/clients";
import { useLoad } from "../../api/useLoad";
import { type TakenSeat, TakenSeat_State } from "../../contract/usher/booking/v1/booking_pb";
import { Explained } from "../../parts/Explained";
import { Notice, Waiting } from "../../parts/parts";
import type { Seat } from "../../seats/house";
import { price } from "../../words/words";
import { tell } from "../words/words";
import { chosenSeats, type PanelProps } from "./panel";
import { useDeed } from "./useDeed";

interface LookPanelProps extends PanelProps {
  readonly isMoving: boolean;
  readonly onMoving: (move: ((to: Seat) => void) | undefined) => void;
}

export function LookPanel(props: LookPanelProps) {
  const seat = chosenSeats(props)[0];
  const taken = seat && props.taken.get(seat.id);
  // Here, since a guest who was moved is no longer in the chosen seat.
  const [news, setNews] = useState("");
  useEffect(() => {
    if (seat) setNews("");
  }, [seat?.id]);
  return (
    <section class="sheet" aria-live="polite">
      <h2>{seat ? `${seat.section} ${seat.number}` : tell("desk.look")}</h2>
      {news && <Notice kind="good">{news}</Notice>}
      {!seat && <p class="aside">{tell("desk.lookHint")}</p>}
      {seat && <p>{price(seat.price, props.event.currency)}</p>}
      {seat && !taken && <p>{tell("desk.free")}</p>}
      {taken?.state === TakenSeat_State.HELD && <p>{tell("desk.held")}</p>}
      {taken?.state === TakenSeat_State.BLOCKED && <p>{tell("desk.blocked")}</p>}
      {seat && taken?.state === TakenSeat_State.BOOKED && (
        <Guest key={seat.id} {...props} seat={seat} owner={taken} onNews={setNews} />
      )}
    </section>
  );
}

function Guest({
  event,
  seat,
  owner,
  isMoving,
  onMoving,
  onDone,
  onClear,
  onNews,
}: LookPanelProps & { seat: Seat; owner: TakenSeat; onNews: (news: string) => void }) {
  const { failure, run } = useDeed();
  const { value, failure: unknown } = useLoad(owner.bookingId, async (signal) => {
    const found = await bookings.findBookings({ eventId: event.eventId, seatNumber: seat.number }, { signal });
    return found.bookings.find(({ booking }) => booking?.bookingId === owner.bookingId);
  });
  useEffect(() => () => onMoving(undefined), []);
  const move = () =>
    onMoving((to) => {
      onMoving(undefined);
      run(async () => {
        await bookings.reseat({ bookingId: owner.bookingId, fromTicketId: BigInt(seat.id), toTicketId: BigInt(to.id) });
        onDone();
        onClear();
        onNews(tell("desk.moved", { from: seat.number, to: to.number }));
        return "";
      });
    });
  return (
    <>
      {!value && !unknown && <Waiting lines={2} />}
      {value && (
        <dl class="pairs">
          <dt>{tell("booking.guest")}</dt>
          <dd>
            {value.userName || tell("desk.door")} {value.email}
          </dd>
          <dt>{tell("booking.seats")}</dt>
          <dd>{value.seatNumbers.join(", ")}</dd>
        </dl>
      )}
      {owner.admitted && <p class="badge booked">{tell("desk.came")}</p>}
      {failure && <Explained failure={failure} deed="manage" />}
      {isMoving ? (
        <Notice kind="warn">
          {tell("desk.moveHint")}{" "}
          <button type="button" class="link" onClick={() => onMoving(undefined)}>
            {tell("cancel")}
          </button>
        </Notice>
      ) : (
        <button type="button" class="button quiet wide" onClick={move}>
          {tell("desk.move")}
        </button>
      )}
      <a class="button quiet wide" href={`/admin/booking/${owner.bookingId}`}>
        {tell("desk.open")}
      </a>
    </>
  );
}
