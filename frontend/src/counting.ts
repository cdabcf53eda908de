// How long a text is for a network. The rules come as data; the server counts again and decides.

export interface CountRule {
  /** "weighted" as X publishes it, "graphemes" as Bluesky counts, "codepoints" for everybody else. */
  readonly unit: string;
  readonly limit: number;
  /** What a link counts for, whatever its length; undefined: as long as it is. */
  readonly urlLength?: number;
}

const URL_PATTERN = /https?:\/\/[^\s<>"]+/giu;
// X makes links of bare hosts too: of well-known endings as they stand, of a country's with a path behind them.
const BARE_HOST =
  /(?<![A-Za-z0-9_@./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:(?:com|org|net|edu|gov|int|mil|info|biz|co|tv|app|dev|blog|news|jobs|careers|online|site|shop|tech|store|cloud)(?![A-Za-z0-9_-])(?:\/[^\s<>"]*)?|[a-z]{2}\/[^\s<>"]*)/giu;
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
  if (unit === "weighted") return graphemes(text.normalize("NFC")).reduce((sum, grapheme) => sum + weight(grapheme), 0);
  if (unit === "graphemes") return graphemes(text).length;
  return Array.from(text).length;
}

export function countText(text: string, rule: CountRule): number {
  if (rule.urlLength === undefined) return plainLength(text, rule.unit);
  let links = text.match(URL_PATTERN)?.length ?? 0;
  let rest = text.replace(URL_PATTERN, "");
  if (rule.unit === "weighted") {
    links += rest.match(BARE_HOST)?.length ?? 0;
    rest = rest.replace(BARE_HOST, "");
  }
  return plainLength(rest, rule.unit) + links * rule.urlLength;
}
