// How long a text is for a network. The rules come as data; the server counts again and decides.

import { LINK_ON_MASTODON, LINK_ON_X } from "./links";

export interface CountRule {
  /** "weighted" as X publishes it, "graphemes" as Bluesky and Mastodon count, "codepoints" for everybody else. */
  readonly unit: string;
  readonly limit: number;
  /** What a link counts for, whatever its length; undefined: as long as it is. */
  readonly urlLength?: number;
}

const EMOJI = /\p{RGI_Emoji}|\p{Emoji_Presentation}/v;
// The published ranges of light characters; everything outside counts double.
const LIGHT: ReadonlyArray<readonly [number, number]> = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text), (part) => part.segment);
}

function weight(grapheme: string): number {
  if (EMOJI.test(grapheme)) return 2;
  let sum = 0;
  for (const character of grapheme) {
    const point = character.codePointAt(0) ?? 0;
    sum += LIGHT.some(([first, last]) => point >= first && point <= last) ? 1 : 2;
  }
  return sum;
}

function plainLength(text: string, unit: string): number {
  if (unit === "weighted") return graphemes(text).reduce((sum, grapheme) => sum + weight(grapheme), 0);
  if (unit === "graphemes") return graphemes(text).length;
  return Array.from(text).length;
}

export function countText(text: string, rule: CountRule): number {
  const isX = rule.unit === "weighted";
  const whole = isX ? text.normalize("NFC") : text;
  if (rule.urlLength === undefined) return plainLength(whole, rule.unit);
  const around = whole.split(isX ? LINK_ON_X : LINK_ON_MASTODON);
  return around.reduce((sum, part) => sum + plainLength(part, rule.unit), (around.length - 1) * rule.urlLength);
}
