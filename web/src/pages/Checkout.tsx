// Paying for held seats before their hour is over.

import { useRef, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { type Failure, toFailure } from "../api/failure";
import { asClock, useSecondsLeft } from "../clock/countdown";
import { findHold, type Hold } from "../hold/hold";
import { pay } from "../hold/pay";
import { release } from "../hold/reserve";
import { Explained } from "../parts/Explained";
import { Deed, Notice, useTitle } from "../parts/parts";
import { CardEntry } from "../payment/CardEntry";
import { type CardForm, CardProblem } from "../payment/cardForm";
import { session } from "../session/session";
import { count, price, say } from "../words/words";
import { besides } from "./event/describe";

export function Checkout() {
  const { id = "" } = useRoute().params;
  const hold = findHold(id);
  useTitle(say("pay.title"));
  if (!hold) return <Gone />;
  return <Paying key={id} hold={hold} />;
}

function Paying({ hold }: { hold: Hold }) {
  const left = useSecondsLeft(hold.expiresAt);
  // Of a try that nobody knows the end of nobody can say that nothing was charged: asking again tells.
  if (left === 0 && !hold.bookingId && !hold.attempt) return <Lapsed hold={hold} />;
  return (
    <section class="checkout">
      <h1>{say("pay.title")}</h1>
      <div class="checkout-parts">
        <Order hold={hold} left={left} />
        {session.value?.userId === hold.userId ? <Card hold={hold} /> : <SessionOver hold={hold} />}
      </div>
    </section>
  );
}

function Order({ hold, left }: { hold: Hold; left: number }) {
  return (
    <section class="sheet order">
      <p class={left < 300 ? "countdown soon" : "countdown"}>
        <span>{say("pay.held")}</span>
        <time role="timer" aria-live="off">
          {asClock(left)}
        </time>
      </p>
      <p class="away" role="status">
        {left > 0 && left <= 300 ? say("pay.fiveMinutes") : ""}
      </p>
      <h2>
        <a href={`/event/${hold.eventId}`}>{hold.eventName}</a>
      </h2>
      <ul class="seats">
        {hold.seats.map((seat) => (
          <li key={seat.ticketId}>
            <span>
              <strong>{seat.number}</strong> {besides(seat.number, seat.section)}
            </span>
            <span>{price(BigInt(seat.price), hold.currency)}</span>
          </li>
        ))}
      </ul>
      <p class="total">
        <span>{count("seats", hold.seats.length)}</span>
        <strong>{price(BigInt(hold.amount), hold.currency)}</strong>
      </p>
    </section>
  );
}

function Card({ hold }: { hold: Hold }) {
  const { route } = useLocation();
  const form = useRef<CardForm | null>(null);
  const [failure, setFailure] = useState<{ failure: Failure; deed: "pay" | "hold" } | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState<"" | "pay" | "release">("");
  const isFree = hold.amount === "0";

  const send = async () => {
    if (busy) return;
    setBusy("pay");
    setFailure(undefined);
    setProblem("");
    try {
      const next = await pay(hold, async () => {
        if (isFree) return "";
        if (!form.current) throw new CardProblem(say("pay.noProvider"));
        return form.current.tokenize();
      });
      if (next.redirect) location.assign(next.redirect);
      else route(`/booking/${next.bookingId}`, true);
    } catch (error) {
      if (error instanceof CardProblem) setProblem(error.message);
      else setFailure({ failure: toFailure(error), deed: "pay" });
      setBusy("");
    }
  };
  const giveUp = async () => {
    setBusy("release");
    try {
      await release(hold);
      route(`/event/${hold.eventId}`);
    } catch (error) {
      setFailure({ failure: toFailure(error), deed: "hold" });
      setBusy("");
    }
  };
  const isOver = failure && ["HOLD_EXPIRED", "NOT_RESERVED"].includes(failure.failure.reason);
  return (
    <section class="sheet pay">
      <h2>{isFree ? say("pay.free") : say("pay.card")}</h2>
      {!isFree && <CardEntry form={form} onSubmit={() => void send()} />}
      <p class="wrong" role="alert">
        {problem}
      </p>
      {failure && (
        <Explained failure={failure.failure} deed={failure.deed}>
          {isOver && (
            <a class="button quiet" href={`/event/${hold.eventId}`}>
              {say("toSeats")}
            </a>
          )}
          {["ALREADY_BOOKED", "PAYMENT_IN_PROGRESS", "UNAVAILABLE", "DEADLINE_EXCEEDED", "OFFLINE"].includes(
            failure.failure.reason,
          ) && (
            <a class="button quiet" href="/bookings">
              {say("nav.bookings")}
            </a>
          )}
        </Explained>
      )}
      <Deed class="button wide" isBusy={busy === "pay"} onClick={() => void send()}>
        {isFree ? say("pay.takeFree") : say("pay.now", { amount: price(BigInt(hold.amount), hold.currency) })}
      </Deed>
      <p class="aside">{say("pay.private")}</p>
      <Deed class="link" isBusy={busy === "release"} onClick={() => void giveUp()}>
        {say("pay.release")}
      </Deed>
    </section>
  );
}

function SessionOver({ hold }: { hold: Hold }) {
  return (
    <section class="sheet">
      <Notice kind="warn">{say("pay.sessionOver")}</Notice>
      <a class="button wide" href={`/login?next=${encodeURIComponent(`/checkout/${hold.id}`)}`}>
        {say("login.title")}
      </a>
    </section>
  );
}

function Lapsed({ hold }: { hold: Hold }) {
  return (
    <section class="narrow empty" data-state="lapsed">
      <h1>{say("pay.lapsed")}</h1>
      <p role="alert">{say("pay.lapsedText")}</p>
      <a class="button" href={`/event/${hold.eventId}`}>
        {say("toSeats")}
      </a>
    </section>
  );
}

function Gone() {
  return (
    <section class="narrow empty">
      <h1>{say("pay.gone")}</h1>
      <p>{say("pay.goneText")}</p>
      <p class="actions">
        <a class="button" href="/">
          {say("toEvents")}
        </a>
        <a class="button quiet" href="/bookings">
          {say("nav.bookings")}
        </a>
      </p>
    </section>
  );
}
