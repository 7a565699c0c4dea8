// The house's own words, in the language that the rest is in.
import { fill, formatNumber, language } from "../../words/words";
import { de } from "./de";
import { en } from "./en";

export type Key = keyof typeof en;

const CATALOGUES = { en, de };

export function tell(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(CATALOGUES[language()][key], values);
}

/** The words for so many: `key.one` or `key.other`, with `{count}`. */
export function tellCount(key: string, number: number): string {
  const form = new Intl.PluralRules(language()).select(number) === "one" ? "one" : "other";
  return tell(`${key}.${form}` as Key, { count: formatNumber(number) });
}
