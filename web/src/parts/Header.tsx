// The top of every page: where one can go, what one holds, who one is.
import { useLocation } from "preact-iso";
import { serverNow } from "../clock/clock";
import { asClock, useSecondsLeft } from "../clock/countdown";
import { type Hold, holdsOf } from "../hold/hold";
import { signOut } from "../session/account";
import { session } from "../session/session";
import { choose, LANGUAGES, type Language, language, say } from "../words/words";

export function Header() {
  const { path } = useLocation();
  const user = session.value;
  const hold = holdsOf(user?.userId).find(({ expiresAt, bookingId }) => expiresAt > serverNow() && !bookingId);
  const here = (to: string) => (path === to ? "page" : undefined);
  return (
    <header class="top">
      <a class="brand" href="/">
        Usher
      </a>
      {hold && !path.startsWith("/checkout/") && <HoldChip hold={hold} key={hold.id} />}
      <nav aria-label={say("nav.label")}>
        <a href="/" aria-current={here("/")}>
          {say("nav.home")}
        </a>
        {user && (
          <a href="/bookings" aria-current={here("/bookings")}>
            {say("nav.bookings")}
          </a>
        )}
        {user ? (
          <button type="button" class="plain" onClick={() => void signOut()}>
            {say("nav.logout")}
          </button>
        ) : (
          <a
            href={`/login?next=${encodeURIComponent(path === "/login" || path === "/signup" ? "/" : path)}`}
            aria-current={here("/login")}
          >
            {say("nav.login")}
          </a>
        )}
        <LanguageChoice />
      </nav>
    </header>
  );
}

function HoldChip({ hold }: { hold: Hold }) {
  const left = useSecondsLeft(hold.expiresAt);
  if (left === 0) return null;
  return (
    <a class="chip hold-chip" href={`/checkout/${hold.id}`}>
      <span>{say("nav.held")}</span> <time>{asClock(left)}</time>
    </a>
  );
}

export function LanguageChoice() {
  return (
    <select
      class="language"
      aria-label={say("nav.language")}
      value={language()}
      onChange={({ currentTarget }) => void choose(currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}
