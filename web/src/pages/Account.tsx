// Signing in and up. Afterwards one is where one was going.
import type { JSX, TargetedSubmitEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { type Failure, toFailure } from "../api/failure";
import { Explained } from "../parts/Explained";
import { Deed, Field, Notice, useTitle } from "../parts/parts";
import { logIn, signUp } from "../session/account";
import { hasEnded, session } from "../session/session";
import { say } from "../words/words";

const PASSWORD_CHARS_MIN = 8;

/** `here`: the page below appears by itself once somebody is signed in. */
export function LogIn({ here = false }: { here?: boolean }) {
  const next = useNext();
  useTitle(say("login.title"));
  return (
    <Form
      title={say("login.title")}
      button={say("login.button")}
      next={here ? undefined : next}
      send={(form) => logIn(form("email"), form("password"))}
    >
      {hasEnded.value && <Notice kind="warn">{say("login.ended")}</Notice>}
      <Field label={say("field.email")} name="email" type="email" autocomplete="email" required />
      <Field label={say("field.password")} name="password" type="password" autocomplete="current-password" required />
      {!here && (
        <p class="aside">
          {say("login.new")} <a href={`/signup?next=${encodeURIComponent(next)}`}>{say("signup.title")}</a>
        </p>
      )}
    </Form>
  );
}

export function SignUp() {
  const next = useNext();
  useTitle(say("signup.title"));
  return (
    <Form
      title={say("signup.title")}
      button={say("signup.button")}
      next={next}
      send={(form) => signUp(form("name"), form("email"), form("password"))}
    >
      <Field label={say("field.name")} name="name" autocomplete="name" required maxLength={200} />
      <Field label={say("field.email")} name="email" type="email" autocomplete="email" required />
      <Field
        label={say("field.password")}
        hint={say("signup.passwordHint")}
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minLength={PASSWORD_CHARS_MIN}
        maxLength={200}
      />
      <p class="aside">
        {say("signup.known")} <a href={`/login?next=${encodeURIComponent(next)}`}>{say("login.title")}</a>
      </p>
    </Form>
  );
}

interface FormProps {
  readonly title: string;
  readonly button: string;
  /** Where to go afterwards; nowhere where nothing is said. */
  readonly next: string | undefined;
  readonly send: (value: (name: string) => string) => Promise<void>;
  readonly children: JSX.Element | (JSX.Element | false)[];
}

function Form({ title, button, next, send, children }: FormProps) {
  const { route } = useLocation();
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const isSignedIn = session.value !== undefined;
  useEffect(() => {
    if (isSignedIn && next !== undefined) route(next, true);
  }, [isSignedIn]);
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isBusy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(undefined);
    try {
      await send((name) => String(form.get(name) ?? ""));
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="narrow">
      <h1>{title}</h1>
      <form class="sheet" onSubmit={submit}>
        {children}
        {failure && <Explained failure={failure} deed="account" />}
        <Deed class="button wide" type="submit" isBusy={isBusy}>
          {button}
        </Deed>
      </form>
    </section>
  );
}

/** Where to go afterwards: a path of ours and nobody else's. */
function useNext(): string {
  const { query } = useLocation();
  const next = query.next ?? "/";
  return next.startsWith("/") && !next.startsWith("//") ? next : "/";
}
