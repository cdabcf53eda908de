// What X and Mastodon make a link of inside a text: the rules and their reasons stand in advocacy/sharing/channels/links.py.

const ACCENTED = String.raw`\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0300-\u036F\u1E00-\u1EFF`;
const LATIN = `[A-Za-z0-9${ACCENTED}]`;
const ANY = String.raw`[\p{L}\p{M}\p{N}\p{So}]`;
const HOST_END = "(?![A-Za-z0-9@])";
const PORT = "(?::[0-9]+)?";

const ENDING = String.raw`(?:(?:[Xx][Nn]--[A-Za-z0-9\-]+|[A-Za-z]{2,63})${HOST_END}|[\p{L}\p{M}]{2,24}(?=/|\p{White_Space}|$))`;
const AFTER_SCHEME = String.raw`(?<![A-Za-z0-9@＠#＃$])[Hh][Tt][Tt][Pp][Ss]?://(?:${ANY}(?:[_\-]*${ANY})*\.)*${ANY}(?:-*${ANY})*\.${ENDING}${PORT}`;

function path(inside: string, last: string): string {
  const pair = String.raw`\((?:${inside}+|${inside}*\(${inside}+\)${inside}*)\)`;
  return `/(?:(?:${inside}|${pair})*(?:${last}|${pair}))?`;
}

const X_LETTERS = String.raw`A-Za-z0-9${ACCENTED}\u0400-\u04FF`;
const X_PATH = path(String.raw`[${X_LETTERS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]`, String.raw`[${X_LETTERS}=_#/+\-]`);
const X_QUERY = String.raw`(?:\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/])?`;
const WELL_KNOWN = "com|org|net|edu|gov|int|mil|info|biz|co|tv|app|dev|blog|news|jobs|careers|online|site|shop|tech|store|cloud";
const LABEL = String.raw`${LATIN}(?:-*${LATIN})*\.`;
const EITHER_CASE = WELL_KNOWN.replace(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`);
const BARE =
  String.raw`(?<![A-Za-z0-9${ACCENTED}@＠#＃$_./\-])` +
  `(?:(?:(?:${LABEL}){2,}[A-Za-z]{2}|(?:${LABEL})+(?:${EITHER_CASE}))${HOST_END}${PORT}(?:${X_PATH})?` +
  `|${LABEL}[A-Za-z]{2}${PORT}${X_PATH})${X_QUERY}`;
export const LINK_ON_X = new RegExp(`${AFTER_SCHEME}(?:${X_PATH})?${X_QUERY}|${BARE}`, "gu");

const MASTODON_PATH = path(String.raw`[^\p{White_Space}<>()?]`, String.raw`[^\p{White_Space}()?!*"'「」<>;:=,.$%\[\]~&|@]`);
const MASTODON_QUERY = "(?:\\?[^\\p{White_Space}\\p{Cc}\"<>\\\\`{}]*[^\\p{White_Space}\\p{Cc}!\"$%'()*+,.:;<>?@\\[\\\\\\]^`{|}~])?";
export const LINK_ON_MASTODON = new RegExp(`${AFTER_SCHEME}(?:${MASTODON_PATH})?${MASTODON_QUERY}`, "gu");
