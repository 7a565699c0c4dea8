// Money as people type it. Pure.

/** How many digits a currency has after the point. */
export function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Minor units of what was typed, with a point or a comma; undefined for what is no amount. */
export function toMinor(typed: string, currency: string): bigint | undefined {
  const digits = digitsOf(currency);
  const found = /^(\d{1,9})(?:[.,](\d*))?$/.exec(typed.trim());
  const rest = found?.[2] ?? "";
  if (!found || rest.length > digits) return undefined;
  return BigInt(`${found[1]}${rest.padEnd(digits, "0")}`);
}

/** The same back, for a form. */
export function toTyped(minor: bigint | number, currency: string): string {
  const digits = digitsOf(currency);
  return (Number(minor) / 10 ** digits).toFixed(digits);
}
