// The payment sandbox's card form, in a frame: its README.md says which messages are exchanged.
import { say } from "../words/words";
import { type CardForm, type CardFormOptions, CardProblem } from "./cardForm";

/** How long the provider may take to answer, in milliseconds. */
const ANSWER_MS_MAX = 15_000;
const NAME = "card-form";

interface Answer {
  readonly usher?: string;
  readonly ready?: boolean;
  readonly height?: number;
  readonly submit?: boolean;
  readonly tokenize?: string;
  readonly payment_method?: string;
  readonly error?: { readonly message: string };
}

export function mount(place: HTMLElement, url: string, options: CardFormOptions): CardForm {
  const frame = document.createElement("iframe");
  const address = new URL(url);
  address.searchParams.set("lang", options.language);
  address.searchParams.set("theme", options.isDark ? "dark" : "light");
  frame.src = address.href;
  frame.title = say("pay.cardFrame");
  frame.className = "card-frame";
  const waiting = new Map<string, (answer: Answer) => void>();
  const hear = ({ source, origin, data }: MessageEvent<Answer>) => {
    if (source !== frame.contentWindow || origin !== address.origin || data?.usher !== NAME) return;
    if (data.height) frame.style.height = `${data.height}px`;
    if (data.ready) options.onReady();
    if (data.submit) options.onSubmit();
    if (data.tokenize) waiting.get(data.tokenize)?.(data);
  };
  addEventListener("message", hear);
  place.replaceChildren(frame);
  return {
    tokenize: () =>
      new Promise((resolve, reject) => {
        const id = crypto.randomUUID();
        const timer = setTimeout(() => settle({ error: { message: say("pay.noProvider") } }), ANSWER_MS_MAX);
        const settle = (answer: Answer) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (answer.payment_method) resolve(answer.payment_method);
          else reject(new CardProblem(answer.error?.message ?? say("pay.noProvider")));
        };
        waiting.set(id, settle);
        frame.contentWindow?.postMessage({ usher: NAME, tokenize: id }, address.origin);
      }),
    remove: () => {
      removeEventListener("message", hear);
      frame.remove();
    },
  };
}
