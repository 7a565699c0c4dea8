// What is searched for, as the page's address says it: a search can be sent to a friend. Pure.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { SearchRequestSchema } from "../../contract/usher/search/v1/search_pb";

export type When = "" | "today" | "tomorrow" | "weekend" | "week";
export const WHENS: readonly When[] = ["", "today", "tomorrow", "weekend", "week"];

export interface Query {
  readonly text: string;
  readonly category: string;
  readonly theater: string;
  readonly when: When;
  /** A day of the calendar, `2027-01-31`; it goes before `when`. */
  readonly date: string;
  readonly page: number;
}

export function fromAddress(address: Readonly<Record<string, string>>): Query {
  const when = WHENS.find((one) => one === address.when) ?? "";
  const date = /^\d{4}-\d\d-\d\d$/.test(address.date ?? "") ? (address.date ?? "") : "";
  const page = Number.parseInt(address.page ?? "1", 10);
  return {
    text: address.q ?? "",
    category: address.category ?? "",
    theater: /^\d+$/.test(address.theater ?? "") ? (address.theater ?? "") : "",
    when,
    date,
    page: page >= 1 && page <= 10_000 ? page : 1,
  };
}

/** The address of a search; what asks for nothing is left out. */
export function toAddress({ text, category, theater, when, date, page }: Query): string {
  const parts = { q: text.trim(), category, theater, when, date, page: page > 1 ? String(page) : "" };
  const search = new URLSearchParams(Object.entries(parts).filter(([, value]) => value));
  return search.size > 0 ? `/?${search}` : "/";
}

/** The request that it makes. */
export function toRequest(query: Query, now: Date): MessageInitShape<typeof SearchRequestSchema> {
  const [from, to] = query.date ? day(query.date) : span(query.when, now);
  return {
    query: query.text.trim() || undefined,
    category: query.category,
    theaterId: query.theater ? BigInt(query.theater) : 0n,
    from: from && from > now ? timestampFromDate(from) : undefined,
    to: to && timestampFromDate(to),
    page: query.page,
    facets: true,
  };
}

function day(date: string): [Date, Date] {
  const [year = 0, month = 1, ofMonth = 1] = date.split("-").map(Number);
  return [new Date(year, month - 1, ofMonth), new Date(year, month - 1, ofMonth + 1)];
}

/** From when to when; in the reader's own calendar. */
export function span(when: When, now: Date): [Date | undefined, Date | undefined] {
  const in_ = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  switch (when) {
    case "today":
      return [undefined, in_(1)];
    case "tomorrow":
      return [in_(1), in_(2)];
    case "week":
      return [undefined, in_(7)];
    case "weekend": {
      // From Friday evening on it is this weekend, also on its Sunday.
      const toSaturday = now.getDay() === 0 ? -1 : 6 - now.getDay();
      return [in_(toSaturday), in_(toSaturday + 2)];
    }
    default:
      return [undefined, undefined];
  }
}
