// The provider's card form within a page.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Notice, Waiting } from "../parts/parts";
import { language, say } from "../words/words";
import { type CardForm, mountCardForm } from "./cardForm";

export function CardEntry({ form, onSubmit }: { form: RefObject<CardForm | null>; onSubmit: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const submit = useRef(onSubmit);
  submit.current = onSubmit;
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const spoken = language();
  useEffect(() => {
    let isGone = false;
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const mounted = place.current
      ? mountCardForm(place.current, {
          language: spoken,
          isDark,
          onReady: () => setState("ready"),
          onSubmit: () => submit.current(),
        })
      : Promise.reject(new Error("nowhere to put the form"));
    mounted.then(
      (there) => {
        if (isGone) there.remove();
        else form.current = there;
      },
      () => setState("failed"),
    );
    return () => {
      isGone = true;
      form.current?.remove();
      form.current = null;
    };
  }, [spoken]);
  return (
    <div class="card-entry" data-state={state}>
      {state === "loading" && <Waiting lines={2} />}
      {state === "failed" && <Notice kind="warn">{say("pay.noProvider")}</Notice>}
      <div ref={place} />
    </div>
  );
}
