// Choosing seats: the map, its legend, the best seats together, and what was chosen.

import { useEffect, useMemo, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { type Failure, toFailure } from "../../api/failure";
import type { Event } from "../../contract/usher/event/v1/event_pb";
import { reserveBest, reserveSeats } from "../../hold/reserve";
import { Explained } from "../../parts/Explained";
import { Notice, Waiting } from "../../parts/parts";
import { freeCount, type House } from "../../seats/house";
import { Legend } from "../../seats/Legend";
import { SeatMap } from "../../seats/SeatMap";
import { useSeats } from "../../seats/useSeats";
import { zonesOf } from "../../seats/zones";
import { session } from "../../session/session";
import { count, say } from "../../words/words";
import { BestSeats, type Wish } from "./BestSeats";
import { Chosen } from "./Chosen";
import { describeSeat } from "./describe";
import { HeldHere, holdsAt } from "./HeldHere";
import { Live } from "./Live";
import { lost, pick, recall, remember, SEATS_MAX } from "./selection";

interface ChoosingProps {
  readonly event: Event;
  /** What the waiting room gave, where the event has one. */
  readonly pass?: string;
  /** The pass is good no longer. */
  readonly onPassRefused: () => void;
}

export function Choosing({ event, pass = "", onPassRefused }: ChoosingProps) {
  const id = String(event.eventId);
  const { route } = useLocation();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [news, setNews] = useState("");
  const [spotlight, setSpotlight] = useState<number | undefined>(undefined);
  const [failure, setFailure] = useState<{ failure: Failure; wish?: Wish } | undefined>(undefined);
  const [busy, setBusy] = useState<"" | "seats" | "best">("");
  const holds = holdsAt(id);
  const held = new Set(holds.flatMap((hold) => hold.seats.map(({ ticketId }) => ticketId)));

  const { house, link, failure: gone } = useSeats(event.eventId, (now) => setChosen((was) => dropLost(now, was)));
  const dropLost = (now: House, was: ReadonlySet<number>) => {
    const away = lost(now, was).filter((nth) => !held.has(now.seats[nth]?.id ?? ""));
    if (away.length === 0 || busy) return was;
    setNews(count("chosen.lost", away.length, { seats: away.map((nth) => now.seats[nth]?.number).join(", ") }));
    const next = new Set([...was].filter((nth) => !away.includes(nth)));
    remember(id, now, next);
    return next;
  };
  useEffect(() => {
    if (house) setChosen((was) => (was.size > 0 ? was : recall(id, house)));
  }, [house?.seats]);

  const zones = useMemo(() => zonesOf(house?.seats.map(({ price }) => price) ?? []), [house]);
  const own = useMemo(
    () => new Set([...held].map((ticket) => house?.byId.get(ticket) ?? -1)),
    [house?.seats, holds.map((hold) => hold.id).join()],
  );

  if (gone) return <Explained failure={gone} deed="look" />;
  if (!house)
    return (
      <div class="map-waiting">
        <Waiting lines={1} />
        <span class="map bone" aria-hidden="true" />
      </div>
    );

  const choose = (nth: number) => {
    const { chosen: next, refused } = pick(house, chosen, nth, held.size);
    const seat = house.seats[nth];
    if (refused === "limit") setNews(say("chosen.limit", { max: SEATS_MAX }));
    else if (refused === "taken")
      setNews(own.has(nth) ? say("chosen.own") : say("chosen.taken", { seat: seat?.number ?? "" }));
    else setNews("");
    setChosen(next);
    remember(id, house, next);
  };
  const reserve = async (deed: "seats" | "best", wish?: Wish) => {
    if (!session.value) return route(`/login?next=${encodeURIComponent(`/event/${id}`)}`);
    setBusy(deed);
    setFailure(undefined);
    try {
      const seats = [...chosen].map((nth) => house.seats[nth]?.id ?? "");
      const hold = wish ? await reserveBest(event, house, wish, pass) : await reserveSeats(event, house, seats, pass);
      setChosen(new Set());
      remember(id, house, new Set());
      route(`/checkout/${hold.id}`);
    } catch (error) {
      const told = toFailure(error);
      if (told.reason === "PASS_REQUIRED") return onPassRefused();
      setFailure({ failure: told, wish });
      setBusy("");
    }
  };
  return (
    <div class="choosing">
      <div class="plan">
        <Live link={link} />
        <SeatMap
          house={house}
          zones={zones}
          chosen={chosen}
          own={own}
          spotlight={spotlight}
          describe={(seat, nth) => describeSeat(seat, event.currency, chosen.has(nth), own.has(nth))}
          onPick={choose}
        />
        <Legend
          house={house}
          zones={zones}
          currency={event.currency}
          spotlight={spotlight}
          onSpotlight={setSpotlight}
          own={held.size > 0 ? say("legend.own") : undefined}
        />
      </div>
      <aside class="side" aria-label={say("chosen.title")}>
        <p class="news" role="status">
          {news}
        </p>
        {failure && (
          <Explained failure={failure.failure} deed="hold">
            {failure.failure.reason === "NOT_ENOUGH_SEATS" && failure.wish && !failure.wish.apart && (
              <button
                type="button"
                class="button quiet"
                onClick={() => reserve("best", { ...(failure.wish as Wish), apart: true })}
              >
                {say("best.apart")}
              </button>
            )}
          </Explained>
        )}
        <HeldHere eventId={id} />
        {chosen.size === 0 && freeCount(house) === 0 ? (
          <Notice kind="warn">{say("event.soldOut")}</Notice>
        ) : (
          <>
            <Chosen
              house={house}
              chosen={chosen}
              currency={event.currency}
              isBusy={busy === "seats"}
              onRemove={choose}
              onReserve={() => void reserve("seats")}
            />
            <BestSeats
              house={house}
              event={event}
              isBusy={busy === "best"}
              onWish={(wish) => void reserve("best", wish)}
            />
          </>
        )}
      </aside>
    </div>
  );
}
