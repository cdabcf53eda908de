// Exact fractions, so that the slider says 3.5 when the answer is 7/2, and never 3.4999999.

export interface Rational {
  readonly top: bigint;
  readonly bottom: bigint;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

export function rational(top: bigint, bottom: bigint = 1n): Rational {
  if (bottom === 0n) throw new RangeError("a fraction needs a denominator");
  const sign = bottom < 0n ? -1n : 1n;
  const divisor = greatestCommonDivisor(top, bottom) || 1n;
  return { top: (sign * top) / divisor, bottom: (sign * bottom) / divisor };
}

/** Reads "12", "0.03" or "7/2". */
export function parseRational(text: string): Rational {
  const fraction = /^\s*(-?\d+)\s*\/\s*(\d+)\s*$/.exec(text);
  if (fraction) return rational(BigInt(fraction[1] ?? "0"), BigInt(fraction[2] ?? "1"));
  const decimal = /^\s*(-?)(\d+)(?:\.(\d+))?\s*$/.exec(text);
  if (!decimal) throw new SyntaxError(`not an exact number: ${text}`);
  const places = decimal[3] ?? "";
  const digits = BigInt((decimal[2] ?? "0") + places);
  return rational(decimal[1] ? -digits : digits, 10n ** BigInt(places.length));
}

export const times = (a: Rational, b: Rational): Rational => rational(a.top * b.top, a.bottom * b.bottom);
export const over = (a: Rational, b: Rational): Rational => rational(a.top * b.bottom, a.bottom * b.top);

/** Rounds half to even, like the server, and returns digits without grouping. */
export function toDecimal(value: Rational, places: number): string {
  const negative = value.top < 0n;
  const scaled = (negative ? -value.top : value.top) * 10n ** BigInt(places);
  let quotient = scaled / value.bottom;
  const twice = (scaled % value.bottom) * 2n;
  if (twice > value.bottom || (twice === value.bottom && quotient % 2n === 1n)) quotient += 1n;
  const digits = quotient.toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const part = places > 0 ? digits.slice(-places).replace(/0+$/, "") : "";
  return `${negative && quotient > 0n ? "-" : ""}${whole}${part ? `.${part}` : ""}`;
}
