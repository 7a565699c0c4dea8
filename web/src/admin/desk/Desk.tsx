// An event's seats as the house works with them: live sales, prices, house seats, the box office, guests.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { bookings } from "../../api/clients";
import { findEvents } from "../../api/eventDetails";
import { useLoad } from "../../api/useLoad";
import { type TakenSeat, TakenSeat_State } from "../../contract/usher/booking/v1/booking_pb";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { Live } from "../../pages/event/Live";
import { Explained } from "../../parts/Explained";
import { useTitle, Waiting } from "../../parts/parts";
import type { House, Seat } from "../../seats/house";
import { Legend } from "../../seats/Legend";
import { SeatMap } from "../../seats/SeatMap";
import { useSeats } from "../../seats/useSeats";
import { zonesOf } from "../../seats/zones";
import { price } from "../../words/words";
import { NoEvent } from "../events/NoEvent";
import { type Key, tell } from "../words/words";
import { BlockPanel } from "./BlockPanel";
import { ByPrice } from "./ByPrice";
import { Facts } from "./Facts";
import { LookPanel } from "./LookPanel";
import { PricePanel } from "./PricePanel";
import { Selecting } from "./Selecting";
import { SellPanel } from "./SellPanel";

const MODES = ["look", "price", "block", "sell"] as const;
type Mode = (typeof MODES)[number];

/** After a change, who has which seat is asked anew, but not more often than so, in milliseconds. */
const ASK_AGAIN_MS = 600;

export function Desk() {
  const { id = "" } = useRoute().params;
  const { value: event, failure, isBusy } = useLoad(id, async (signal) => (await findEvents([id], signal)).get(id));
  useTitle(event?.eventName ?? tell("events.desk"));
  if (failure) return <Explained failure={failure} deed="look" />;
  if (!event) return isBusy ? <Waiting lines={8} /> : <NoEvent />;
  return <Working key={id} event={event} />;
}

function Working({ event }: { event: Event }) {
  const [mode, setMode] = useState<Mode>("look");
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [moving, setMoving] = useState<((to: Seat) => void) | undefined>(undefined);
  const [spotlight, setSpotlight] = useState<number | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { value: who, again } = useLoad(String(event.eventId), async (signal) => {
    const [{ seats }, { sales }] = await Promise.all([
      bookings.listTakenSeats({ eventId: event.eventId }, { signal }),
      bookings.listSales({ eventIds: [event.eventId] }, { signal }),
    ]);
    return { taken: new Map(seats.map((seat) => [String(seat.ticketId), seat])), sales: sales[0] };
  });
  const { house, link, failure } = useSeats(event.eventId, () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(again, ASK_AGAIN_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const zones = useMemo(() => zonesOf(house?.seats.map((seat) => seat.price) ?? []), [house]);
  const taken = who?.taken ?? NOBODY;
  const blocked = useMemo(() => blockedIn(house, taken), [house, taken]);
  if (failure) return <Explained failure={failure} deed="look" />;

  const turnTo = (next: Mode) => {
    setMode(next);
    setChosen(new Set());
    setMoving(undefined);
  };
  const press = (nth: number) => {
    const seat = house?.seats[nth];
    if (moving && seat) return moving(seat);
    setChosen((was) => {
      if (mode === "look") return new Set([nth]);
      const next = new Set(was);
      if (!next.delete(nth)) next.add(nth);
      return next;
    });
  };
  const panel = {
    event,
    house: house as House,
    taken,
    chosen,
    onDone: again,
    onClear: () => setChosen(new Set<number>()),
  };
  return (
    <article class="desk">
      <Facts event={event} sales={who?.sales} />
      <div class="modes" role="group" aria-label={tell("desk.modes")}>
        {MODES.map((one) => (
          <button key={one} type="button" class="chip" aria-pressed={mode === one} onClick={() => turnTo(one)}>
            {tell(`desk.${one}` as Key)}
          </button>
        ))}
      </div>
      {!house && <Waiting lines={8} />}
      {house && (
        <div class="choosing">
          <div class="plan">
            <Live link={link} />
            <SeatMap
              house={house}
              zones={zones}
              chosen={chosen}
              blocked={blocked}
              spotlight={spotlight}
              isOpen={() => true}
              describe={(seat, nth) => describe(seat, event.currency, taken.get(seat.id), chosen.has(nth))}
              onPick={press}
            />
            <Legend
              house={house}
              zones={zones}
              currency={event.currency}
              spotlight={spotlight}
              onSpotlight={setSpotlight}
              blocked={blocked.size > 0 ? tell("sales.blocked") : undefined}
            />
          </div>
          <aside class="side">
            {mode !== "look" && (
              <Selecting house={house} zones={zones} currency={event.currency} chosen={chosen} onChoose={setChosen} />
            )}
            {mode === "look" && (
              <>
                <LookPanel {...panel} onMoving={(move) => setMoving(() => move)} isMoving={moving !== undefined} />
                <ByPrice house={house} zones={zones} taken={taken} currency={event.currency} />
              </>
            )}
            {mode === "price" && <PricePanel {...panel} />}
            {mode === "block" && <BlockPanel {...panel} />}
            {mode === "sell" && <SellPanel {...panel} />}
          </aside>
        </div>
      )}
    </article>
  );
}

const NOBODY: ReadonlyMap<string, TakenSeat> = new Map();

function blockedIn(house: House | undefined, taken: ReadonlyMap<string, TakenSeat>): ReadonlySet<number> {
  const places = new Set<number>();
  for (const [id, { state }] of taken) {
    const nth = house?.byId.get(id);
    if (nth !== undefined && state === TakenSeat_State.BLOCKED) places.add(nth);
  }
  return places;
}

function describe(seat: Seat, currency: string, taken: TakenSeat | undefined, isChosen: boolean): string {
  const standing =
    taken?.state === TakenSeat_State.BLOCKED ? "blocked" : seat.standing === "taken" ? "held" : seat.standing;
  const words = [seat.section, seat.number, price(seat.price, currency), tell(`standing.${standing}` as Key)];
  if (isChosen) words.push(tell("standing.chosen"));
  return words.filter(Boolean).join(", ");
}
