// What narrows a search: kind, day, place. What is offered is what there is.
import { useId } from "preact/hooks";
import type { Facets } from "../../contract/usher/search/v1/search_pb";
import { formatNumber, say, sayAny } from "../../words/words";
import { type Query, WHENS, type When } from "./query";

interface FiltersProps {
  readonly query: Query;
  readonly facets: Facets | undefined;
  readonly onChange: (change: Partial<Query>) => void;
}

/** As many as stand in one row at a desk. */
const CHIPS_MAX = 8;
/** Where kinds are about to be, in pixels: about as many and as wide as of all that is on. A search finds fewer. */
const BONES = [112, 128, 104, 136, 108, 124, 174, 100];

export function Filters({ query, facets, onChange }: FiltersProps) {
  const [when, day, place] = [useId(), useId(), useId()];
  const categories = (facets?.categories ?? []).filter(({ value }) => value).slice(0, CHIPS_MAX);
  const theaters = facets?.theaters ?? [];
  const isKnown = theaters.some(({ value }) => value === query.theater);
  return (
    <form class="filters" aria-label={say("filter.label")} onSubmit={(event) => event.preventDefault()}>
      <ul class="chips" aria-label={say("filter.category")}>
        <li>
          <button type="button" class="chip" aria-pressed={!query.category} onClick={() => onChange({ category: "" })}>
            {say("filter.all")}
          </button>
        </li>
        {query.category && !categories.some(({ value }) => value === query.category) && (
          <li>
            <button type="button" class="chip" aria-pressed={true} onClick={() => onChange({ category: "" })}>
              {query.category}
            </button>
          </li>
        )}
        {!facets &&
          !query.text &&
          BONES.map((width) => <li key={width} class="bone" aria-hidden="true" style={{ width: `${width}px` }} />)}
        {categories.map(({ value, name, count }) => (
          <li key={value}>
            <button
              type="button"
              class="chip"
              aria-pressed={query.category === value}
              onClick={() => onChange({ category: query.category === value ? "" : value })}
            >
              {name} <small>{formatNumber(Number(count))}</small>
            </button>
          </li>
        ))}
      </ul>
      <div class="filter-fields">
        <label for={when} class="away">
          {say("filter.when")}
        </label>
        <select
          id={when}
          value={query.date ? "" : query.when}
          onChange={({ currentTarget }) => onChange({ when: currentTarget.value as When, date: "" })}
        >
          {WHENS.map((one) => (
            <option key={one} value={one}>
              {sayAny(`when.${one || "any"}`)}
            </option>
          ))}
        </select>
        <label for={day} class="away">
          {say("filter.day")}
        </label>
        <input
          id={day}
          type="date"
          value={query.date}
          onChange={({ currentTarget }) => onChange({ date: currentTarget.value, when: "" })}
        />
        <label for={place} class="away">
          {say("filter.where")}
        </label>
        <select
          id={place}
          value={query.theater}
          onChange={({ currentTarget }) => onChange({ theater: currentTarget.value })}
        >
          <option value="">{say("filter.everywhere")}</option>
          {query.theater && !isKnown && <option value={query.theater}>{say("filter.thisPlace")}</option>}
          {theaters.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </form>
  );
}
