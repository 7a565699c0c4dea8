// Where a card is typed: into the payment provider's own form, never into a page of ours. What comes back is a token.

/** What went wrong with the card, in the reader's language. */
export class CardProblem extends Error {}

/** A form in the page. */
export interface CardForm {
  /** Trades what was typed for the provider's token; a {@link CardProblem} where that can't be done. */
  tokenize(): Promise<string>;
  remove(): void;
}

export interface CardFormOptions {
  readonly language: string;
  readonly isDark: boolean;
  /** The form is there and can be typed into. */
  readonly onReady: () => void;
  /** Enter was pressed in the form. */
  readonly onSubmit: () => void;
}

/** How customers pay here: the edge's `/config.json`. */
export type PaymentConfig =
  | { readonly provider: "form"; readonly form_url: string }
  | { readonly provider: "stripe"; readonly publishable_key: string }
  | null;

let config: Promise<PaymentConfig> | undefined;

/** Asks once. */
export function paymentConfig(): Promise<PaymentConfig> {
  config ??= fetch("/config.json")
    .then((response) => response.json())
    .then((answer: { payment: PaymentConfig }) => answer.payment)
    .catch((error) => {
      config = undefined;
      throw error;
    });
  return config;
}

/** Puts the provider's form into `place`. */
export async function mountCardForm(place: HTMLElement, options: CardFormOptions): Promise<CardForm> {
  const payment = await paymentConfig();
  switch (payment?.provider) {
    case "form":
      return (await import("./framedForm")).mount(place, payment.form_url, options);
    case "stripe":
      return (await import("./stripeForm")).mount(place, payment.publishable_key, options);
    default:
      throw new CardProblem("no payment provider is set up");
  }
}
