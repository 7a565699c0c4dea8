// A failure, told: what happened, whether money moved, what to do next.
import type { ComponentChildren } from "preact";
import { type Deed, explain } from "../api/explain";
import type { Failure } from "../api/failure";
import { sayAny } from "../words/words";

interface ExplainedProps {
  readonly failure: Failure;
  readonly deed: Deed;
  /** What can be done about it, as links or buttons. */
  readonly children?: ComponentChildren;
}

export function Explained({ failure, deed, children }: ExplainedProps) {
  const { what, money, next } = explain(failure, deed);
  const values = { ...failure.metadata, ...declineWords(failure) };
  const details = Object.entries(failure.fields);
  return (
    <div class="notice bad" role="alert" data-reason={failure.reason}>
      <p>
        <strong>{sayAny(what, values)}</strong> {money && <span>{sayAny(money, values)} </span>}
        {sayAny(next, values)}
      </p>
      {details.length > 0 && (
        <ul>
          {details.map(([field, description]) => (
            <li key={field}>
              {field}: {description}
            </li>
          ))}
        </ul>
      )}
      {children && <div class="actions">{children}</div>}
    </div>
  );
}

/** Why the bank said no, in words where there are some. */
function declineWords({ metadata }: Failure): { why: string } {
  const code = metadata.decline_code ?? "";
  const key = `decline.${code}`;
  const words = sayAny(key);
  return { why: words === key ? sayAny("decline.other") : words };
}
