import { expect, test } from "vitest";
import { de as officeDe } from "../admin/words/de";
import { en as officeEn } from "../admin/words/en";
import { de } from "./de";
import { en } from "./en";
import { formatPrice } from "./words";

const CATALOGUES: readonly (readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] = [
  ["the customer's", en, de],
  ["the house's", officeEn, officeDe],
];

const blanks = (text = "") => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort();

test.each(CATALOGUES)("%s words are there in both languages, and leave the same blanks", (_, english, german) => {
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [key, text] of Object.entries(english)) {
    expect(german[key]?.trim(), key).toBeTruthy();
    // One seat may be "a seat".
    if (!key.endsWith(".one")) expect(blanks(german[key]), key).toEqual(blanks(text));
  }
});

test.each(CATALOGUES)("%s words for one have words for many", (_, english) => {
  const keys = Object.keys(english);
  const one = keys.filter((key) => key.endsWith(".one")).map((key) => key.replace(/one$/, "other"));
  expect(keys.filter((key) => key.endsWith(".other") && !key.startsWith("decline."))).toEqual(one);
});

test("a price is written as the reader's country writes it, with as many digits as the currency has", () => {
  const plain = (text: string) => text.replace(/\s/g, " ");
  expect(plain(formatPrice(9_550n, "EUR", "en-GB"))).toBe("€95.50");
  expect(plain(formatPrice(9_550n, "EUR", "de-DE"))).toBe("95,50 €");
  expect(plain(formatPrice(9_500n, "EUR", "de-DE")), "whole").toBe("95 €");
  expect(plain(formatPrice(9_500n, "JPY", "en-GB")), "no smaller unit").toBe("JP¥9,500");
  expect(formatPrice(9_500n, "not a currency", "en")).toBe("9500 not a currency");
});
