// Stripe's card form. Its script comes from Stripe, as Stripe asks; the edge's policy lets it in where it is set up.
import { say } from "../words/words";
import { type CardForm, type CardFormOptions, CardProblem } from "./cardForm";

const SCRIPT = "https://js.stripe.com/v3/";

/** The part of Stripe.js that is used. */
interface Stripe {
  elements(options: object): { create(kind: "card", options: object): CardElement };
  createPaymentMethod(options: object): Promise<{ paymentMethod?: { id: string }; error?: { message?: string } }>;
}

interface CardElement {
  mount(place: HTMLElement): void;
  on(event: "ready", listener: () => void): void;
  destroy(): void;
}

export async function mount(place: HTMLElement, key: string, options: CardFormOptions): Promise<CardForm> {
  const stripe = (await load())(key);
  const colour = getComputedStyle(place).color;
  const element = stripe.elements({ locale: options.language }).create("card", {
    style: { base: { fontSize: "16px", color: colour, fontFamily: "system-ui, sans-serif" } },
  });
  element.on("ready", options.onReady);
  place.replaceChildren();
  element.mount(place);
  return {
    tokenize: async () => {
      const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card: element });
      if (!paymentMethod) throw new CardProblem(error?.message ?? say("pay.noProvider"));
      return paymentMethod.id;
    },
    remove: () => element.destroy(),
  };
}

let loading: Promise<(key: string) => Stripe> | undefined;

function load(): Promise<(key: string) => Stripe> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve((globalThis as unknown as { Stripe: (key: string) => Stripe }).Stripe);
    script.onerror = () => {
      loading = undefined;
      reject(new CardProblem(say("pay.noProvider")));
    };
    document.head.append(script);
  });
  return loading;
}
