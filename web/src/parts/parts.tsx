// Small pieces of pages.
import type { ComponentChildren, TargetedInputEvent } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { say } from "../words/words";

/** A good or neutral piece of news. */
export function Notice({
  kind = "plain",
  children,
}: {
  kind?: "good" | "plain" | "warn";
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${kind}`} role="status">
      {children}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly wrong?: string;
  readonly name: string;
  readonly type?: "text" | "email" | "password" | "number" | "url" | "datetime-local";
  readonly autocomplete?: "name" | "email" | "current-password" | "new-password" | "off";
  readonly required?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly min?: string;
  readonly max?: string;
  readonly step?: string;
  readonly value?: string;
  /** What it begins with, where the form and not the page keeps what is typed. */
  readonly defaultValue?: string;
  readonly onInput?: (event: TargetedInputEvent<HTMLInputElement>) => void;
}

/** A labelled input that says what is wrong with it. */
export function Field({ label, hint, wrong, ...input }: FieldProps) {
  const id = useId();
  const notes = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        aria-describedby={notes || undefined}
        aria-invalid={wrong ? true : undefined}
        {...(input as object)}
      />
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span class="wrong" id={`${id}-wrong`}>
          {wrong}
        </span>
      )}
    </p>
  );
}

/** A labelled choice. */
export function Choice({
  label,
  value,
  options,
  onChange,
  name,
}: {
  label: string;
  name: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </p>
  );
}

interface DeedProps {
  readonly isBusy: boolean;
  readonly class: string;
  readonly type?: "button" | "submit";
  readonly disabled?: boolean;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

/** A button that is busy while its deed is under way, and can't be pressed twice. */
export function Deed({ isBusy, children, onClick, type = "button", ...button }: DeedProps) {
  return (
    <button type={type} {...button} aria-busy={isBusy} aria-disabled={isBusy} onClick={() => !isBusy && onClick?.()}>
      {isBusy && <span class="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** Grey shapes where something is about to be. */
export function Waiting({ lines = 3 }: { lines?: number }) {
  return (
    <div class="waiting" role="status" aria-label={say("waiting")}>
      {Array.from({ length: lines }, (_, nth) => (
        <span key={nth} class="bone" />
      ))}
    </div>
  );
}

/** Names the page, for tabs, history and whoever listens: each new page is announced and takes the focus. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Usher`;
  }, [title]);
}

/** A window in front of the page. Escape and the backdrop close it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser does so only for a window that is still in the page.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={onClose} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
