// Stripe's card form. Its script comes from Stripe, as Stripe asks, by the loader that Stripe publishes; the edge's policy
// lets it in where it is set up.
import { loadStripe } from "@stripe/stripe-js/pure";
import { say } from "../words/words";
import { type CardForm, type CardFormOptions, CardProblem } from "./cardForm";

export async function mount(place: HTMLElement, key: string, options: CardFormOptions): Promise<CardForm> {
  const locale = options.language as "de" | "en";
  const stripe = await loadStripe(key, { locale });
  if (!stripe) throw new CardProblem(say("pay.noProvider"));
  const element = stripe.elements({ locale }).create("card", { style: lookOf(place) });
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

/** The page's own colours: Stripe's frame sees none of its style sheets. */
function lookOf(place: HTMLElement) {
  const page = getComputedStyle(place);
  const colour = (name: string) => page.getPropertyValue(name).trim();
  return {
    base: {
      fontSize: "16px",
      fontFamily: "system-ui, sans-serif",
      color: colour("--ink"),
      iconColor: colour("--ink-soft"),
      "::placeholder": { color: colour("--ink-soft") },
    },
    invalid: { color: colour("--bad"), iconColor: colour("--bad") },
  };
}
