// The seating plan of a hall: rows, aisles, price zones, places without a seat.

import { useMemo, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { events } from "../../api/clients";
import { useLoad } from "../../api/useLoad";
import { Explained } from "../../parts/Explained";
import { Deed, Field, Notice, useTitle, Waiting } from "../../parts/parts";
import { SeatMap } from "../../seats/SeatMap";
import { zonesOf } from "../../seats/zones";
import { Selecting } from "../desk/Selecting";
import { useDeed } from "../desk/useDeed";
import { type Key, tell } from "../words/words";
import { AddRows } from "./AddRows";
import { ChangeSeats } from "./ChangeSeats";
import { Files } from "./Files";
import { addRows, asHouse, change, focalPoint, type Kind, type PlanSeat, remove } from "./layout";

export function LayoutEditor() {
  const { theater = "", screen = "" } = useRoute().params;
  const isNew = screen === "new";
  useTitle(tell("layout.title"));
  const { value, failure } = useLoad(screen, async (signal) =>
    isNew ? undefined : (await events.getScreen({ screenId: BigInt(screen) }, { signal })).screen,
  );
  if (failure) return <Explained failure={failure} deed="look" />;
  if (!value && !isNew) return <Waiting lines={8} />;
  const plan = (value?.seats ?? []).map(
    (seat): PlanSeat => ({
      seat_no: seat.seatNo,
      section: seat.section,
      row: seat.row,
      x: seat.x,
      y: seat.y,
      kind: (seat.kind || "STANDARD") as Kind,
      price: seat.price === undefined ? undefined : Number(seat.price),
    }),
  );
  return (
    <Editing
      key={screen}
      theaterId={theater}
      screenId={isNew ? 0n : BigInt(screen)}
      name={value?.screenName ?? ""}
      plan={plan}
    />
  );
}

interface EditingProps {
  readonly theaterId: string;
  readonly screenId: bigint;
  readonly name: string;
  readonly plan: readonly PlanSeat[];
}

function Editing({ theaterId, screenId, ...from }: EditingProps) {
  const { route, query } = useLocation();
  const [name, setName] = useState(from.name);
  const [plan, setPlan] = useState(from.plan);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const { isBusy, failure, news, run } = useDeed();
  const house = useMemo(() => asHouse(plan), [plan]);
  const zones = useMemo(() => zonesOf(plan.map(({ price }) => price ?? 0)), [plan]);
  const edit = (next: readonly PlanSeat[]) => {
    setPlan(next);
    setChosen(new Set());
  };
  const toggle = (nth: number) =>
    setChosen((was) => {
      const next = new Set(was);
      if (!next.delete(nth)) next.add(nth);
      return next;
    });
  const save = () =>
    run(async () => {
      const focal = focalPoint(plan);
      const seats = plan.map(({ seat_no, price, ...seat }) => ({
        ...seat,
        seatNo: seat_no,
        price: price === undefined ? undefined : BigInt(price),
      }));
      const { theater } = await events.updateTheater({
        theaterId: BigInt(theaterId),
        screens: [{ screenId, screenName: name, seats, focalX: focal.x, focalY: focal.y }],
      });
      const made = theater?.screens.find(({ screenName }) => screenName === name);
      if (screenId === 0n && made) route(`/admin/theater/${theaterId}/screen/${made.screenId}?saved=1`, true);
      return tell("saved");
    });
  return (
    <section>
      <div class="office-head">
        <h1>{tell("layout.title")}</h1>
        <a class="button quiet" href="/admin/theaters">
          {tell("back")}
        </a>
      </div>
      <div class="choosing">
        <div class="plan">
          <div class="office-fields">
            <Field
              name="screen"
              label={tell("layout.screen")}
              value={name}
              maxLength={200}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
            <Files
              name={name}
              plan={plan}
              onRead={(read) => {
                edit(read.plan);
                if (read.name) setName(read.name);
              }}
            />
          </div>
          {plan.length === 0 ? (
            <p class="empty">{tell("layout.empty")}</p>
          ) : (
            <SeatMap
              house={house}
              zones={zones}
              chosen={chosen}
              describe={(seat, nth) =>
                [
                  seat.section,
                  seat.number,
                  tell(`layout.${plan[nth]?.kind ?? "STANDARD"}` as Key),
                  chosen.has(nth) ? tell("standing.chosen") : "",
                ]
                  .filter(Boolean)
                  .join(", ")
              }
              onPick={toggle}
            />
          )}
          {failure && <Explained failure={failure} deed="manage" />}
          {(news || query.saved) && !failure && <Notice kind="good">{tell("saved")}</Notice>}
          <p class="actions">
            <Deed class="button" isBusy={isBusy} disabled={plan.length === 0 || !name.trim()} onClick={save}>
              {tell("save")}
            </Deed>
            <span class="aside">{tell("layout.keeps")}</span>
          </p>
        </div>
        <aside class="side">
          <AddRows onAdd={(rows) => edit(addRows(plan, rows))} />
          {plan.length > 0 && (
            <Selecting house={house} zones={zones} currency="XXX" chosen={chosen} onChoose={setChosen} />
          )}
          {chosen.size > 0 && (
            <ChangeSeats
              onChange={(part) => setPlan(change(plan, chosen, part))}
              onRemove={() => edit(remove(plan, chosen))}
            />
          )}
        </aside>
      </div>
    </section>
  );
}
