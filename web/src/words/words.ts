// What the client says, in the reader's language: the message catalogue, and money and times as the locale writes them.
import { signal } from "@preact/signals";
import { en } from "./en";

export type Key = keyof typeof en;
export type Catalogue = Readonly<Record<Key, string>>;
export type Language = "en" | "de";
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

type Values = Readonly<Record<string, string | number>>;

const KEY = "usher.language";
const spoken = signal<{ language: Language; locale: string; words: Catalogue }>({
  language: "en",
  locale: "en",
  words: en,
});

/** The language that is spoken now. */
export const language = () => spoken.value.language;

/** Speaks `wanted` from now on. */
export async function speak(wanted: Language): Promise<void> {
  const words = wanted === "de" ? (await import("./de")).de : en;
  spoken.value = { language: wanted, locale: localeFor(wanted), words };
  document.documentElement.lang = wanted;
}

/** Speaks `wanted` here from now on, also the next time. */
export async function choose(wanted: Language): Promise<void> {
  await speak(wanted);
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // Forbidden: the choice lasts as long as the page.
  }
}

/** The language that was chosen here before, else the first of the browser's that is spoken. */
export function preferred(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Forbidden: the browser's languages say.
  }
  const wanted = [chosen, ...navigator.languages].map((tag) => tag?.slice(0, 2));
  return (wanted.find((tag) => tag && tag in LANGUAGES) as Language | undefined) ?? "en";
}

/** The browser's own variant of a language: en-GB writes dates otherwise than en-US. */
function localeFor(wanted: Language): string {
  return navigator.languages.find((tag) => tag.startsWith(wanted)) ?? wanted;
}

/** The words for `key`, with `{name}`s filled in. */
export function say(key: Key, values: Values = {}): string {
  return fill(spoken.value.words[key], values);
}

/** The words for a key that was put together; the key itself where there are none, which a test would notice. */
export function sayAny(key: string, values: Values = {}): string {
  return fill(spoken.value.words[key as Key] ?? key, values);
}

/** The words for so many: `key.one` or `key.other`, with `{count}`. */
export function count(key: string, number: number, values: Values = {}): string {
  const form = new Intl.PluralRules(spoken.value.locale).select(number) === "one" ? "one" : "other";
  return sayAny(`${key}.${form}`, { count: formatNumber(number), ...values });
}

/** Fills `{name}`s in. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function formatNumber(number: number): string {
  return new Intl.NumberFormat(spoken.value.locale).format(number);
}

/** Minor units of `currency` as a price. */
export function price(minor: bigint | number, currency: string): string {
  return formatPrice(minor, currency, spoken.value.locale);
}

/** The same in a given locale. Pure. */
export function formatPrice(minor: bigint | number, currency: string, locale: string): string {
  try {
    const format = new Intl.NumberFormat(locale, { style: "currency", currency });
    const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    const amount = Number(minor) / 10 ** digits;
    // Whole prices read better without their zeros; what is not whole keeps all of its digits.
    return Number.isInteger(amount)
      ? new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount)
      : format.format(amount);
  } catch {
    return `${minor} ${currency}`;
  }
}

/** A moment as it is at the theatre, whatever the reader's own time zone. */
export function time(at: Date, zone: string, form: "full" | "short" | "day" | "clock" = "full"): string {
  const forms: Record<typeof form, Intl.DateTimeFormatOptions> = {
    full: { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit" },
    short: { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" },
    day: { weekday: "short", day: "numeric", month: "short" },
    clock: { hour: "numeric", minute: "2-digit" },
  };
  return new Intl.DateTimeFormat(spoken.value.locale, { ...forms[form], timeZone: known(zone) }).format(at);
}

/** The zone's short name at that moment, where it is not the reader's own. */
export function zoneName(at: Date, zone: string): string | undefined {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === own) return undefined;
  const parts = new Intl.DateTimeFormat(spoken.value.locale, { timeZone: known(zone), timeZoneName: "short" });
  return parts.formatToParts(at).find((part) => part.type === "timeZoneName")?.value;
}

function known(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone || "UTC" });
    return zone || "UTC";
  } catch {
    return "UTC";
  }
}
