// What the colours mean, what each zone costs and how many seats it has left. A zone that is pressed stands out.
import { count, price, say } from "../words/words";
import type { House } from "./house";
import { freeByZone, type Zone } from "./zones";

interface LegendProps {
  readonly house: House;
  readonly zones: readonly Zone[];
  readonly currency: string;
  readonly spotlight: number | undefined;
  readonly onSpotlight: (zone: number | undefined) => void;
  /** What marks seats that the reader holds, or that the house keeps back, where there are any. */
  readonly own?: string;
  readonly blocked?: string;
}

export function Legend({ house, zones, currency, spotlight, onSpotlight, own, blocked }: LegendProps) {
  const free = freeByZone(zones, house.seats);
  return (
    <div class="legend">
      <ul class="legend-zones" aria-label={say("legend.zones")}>
        {zones.map((zone, nth) => (
          <li key={zone.from}>
            <button
              type="button"
              class="legend-zone"
              aria-pressed={spotlight === nth}
              onClick={() => onSpotlight(spotlight === nth ? undefined : nth)}
            >
              <svg class={`dot zone-${nth}`} viewBox="0 0 12 12" aria-hidden="true">
                <circle cx="6" cy="6" r="6" />
              </svg>
              <span class="legend-price">
                {zone.from === zone.to
                  ? price(zone.from, currency)
                  : `${price(zone.from, currency)} – ${price(zone.to, currency)}`}
              </span>
              <span class="legend-left">{count("legend.left", free[nth] ?? 0)}</span>
            </button>
          </li>
        ))}
      </ul>
      <ul class="legend-signs">
        <li>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <circle class="taken" cx="8" cy="8" r="6" />
            <path class="taken-mark" d="m6 6 4 4m0-4-4 4" />
          </svg>
          {say("legend.taken")}
        </li>
        <li>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <circle class="chosen" cx="8" cy="8" r="7" />
            <path class="chosen-mark" d="m5 8 2.2 2.3L11 6" />
          </svg>
          {say("legend.chosen")}
        </li>
        {own && (
          <li>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <circle class="chosen" cx="8" cy="8" r="7" />
              <circle class="half" cx="8" cy="8" r="2.6" />
            </svg>
            {own}
          </li>
        )}
        {blocked && (
          <li>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <rect class="taken" x="2.5" y="2.5" width="11" height="11" rx="3" />
              <path class="taken-mark" d="m6 6 4 4m0-4-4 4" />
            </svg>
            {blocked}
          </li>
        )}
        {house.seats.some(({ kind }) => kind === "WHEELCHAIR") && (
          <li>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <rect class="sign" x="2" y="2" width="12" height="12" rx="3" />
            </svg>
            {say("legend.wheelchair")}
          </li>
        )}
        {house.seats.some(({ kind }) => kind === "RESTRICTED_VIEW") && (
          <li>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <circle class="sign" cx="8" cy="8" r="6" />
              <path class="half" d="M8 4.6a3.4 3.4 0 0 0 0 6.8z" />
            </svg>
            {say("legend.restricted")}
          </li>
        )}
      </ul>
    </div>
  );
}
