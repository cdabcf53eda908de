// Finds the profile ids in a connections file or a plain list. Runs in the reader's browser: names, e-mail addresses,
// companies and positions are looked at by nobody, and nothing here sends anything anywhere.

export interface ProfileForm {
  readonly network: string;
  readonly prefix: string;
  readonly hosts: readonly string[];
  /** What stands before the handle in an address, such as "in/" or "@". */
  readonly path: string;
  readonly letters: string;
  readonly longest: number;
}

export interface Problem {
  /** Counted from 1, as a spreadsheet does. */
  readonly row: number;
  readonly reason: "no_id" | "other_network";
}

export interface Found {
  readonly kind: "table" | "list";
  /** Where the header stands, counted from 0; null in a plain list. */
  readonly headerRow: number | null;
  readonly rows: number;
  readonly identifiedRows: number;
  readonly unidentified: number;
  readonly ids: readonly string[];
  readonly years: readonly number[];
  readonly problems: readonly Problem[];
}

/** What keeps a file from being read at all. The page has the words. */
export class Unreadable extends Error {
  constructor(readonly reason: "not_text" | "archive" | "empty" | "no_addresses" | "too_large" | "too_many" | "nothing_found") {
    super(reason);
  }
}

export const MOST_BYTES = 25 * 1024 * 1024;
const MOST_ROWS = 500_000;
const MOST_PROBLEMS = 1_000;
const YEAR = /(?:^|\D)((?:19|20)\d{2})(?!\d)/u;
const ASCII_HANDLE = /^[a-z0-9._-]+$/u;
// Letters, digits and pictures of any script; nothing that has a meaning in an address, turns text round or is unseen.
const ANY_HANDLE = /^(?:[a-z0-9._-]|(?![\p{C}\p{Z}])[^\u0000-\u007f])+$/u;
const ADDRESS = /^(?:https?:\/\/)?(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+\//iu;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function fromHandle(handle: string, form: ProfileForm): string | null {
  const clean = handle.toLowerCase().normalize("NFC");
  if (!clean || Array.from(clean).length > form.longest) return null;
  if (!(form.letters === "any" ? ANY_HANDLE : ASCII_HANDLE).test(clean) || !/[\p{L}\p{N}]/u.test(clean)) return null;
  return form.prefix + clean;
}

function fromAddress(text: string, form: ProfileForm): string | null {
  let address: URL;
  try {
    address = new URL(/^https?:\/\//iu.test(text) ? text : `https://${text}`);
  } catch {
    return null;
  }
  const host = address.hostname.toLowerCase();
  if (!form.hosts.some((known) => host === known || host.endsWith(`.${known}`))) return null;
  const path = address.pathname.replace(/^\/+/u, "");
  if (!path.toLowerCase().startsWith(form.path)) return null;
  const slug = decoded(path.slice(form.path.length).split("/")[0] ?? "");
  return slug === null ? null : fromHandle(slug, form);
}

/** Returns the canonical id of a profile address or handle, or null for anything else: a name is never taken for one. */
export function canonicalId(text: string, form: ProfileForm): string | null {
  const clean = text.trim();
  if (clean.startsWith(form.prefix)) return fromHandle(clean.slice(form.prefix.length), form);
  if (ADDRESS.test(clean)) return fromAddress(clean, form);
  const leading = form.path === "" || form.path === "profile/" ? "@" : form.path;
  return clean.toLowerCase().startsWith(leading) && !/[\s/]/u.test(clean.slice(leading.length)) ? fromHandle(decoded(clean.slice(leading.length)) ?? "", form) : null;
}

/** Splits a table by the rules of RFC 4180: quoted commas, quotes and line breaks; any kind of line end. */
export function* records(text: string): Generator<string[]> {
  let record: string[] = [];
  let field = "";
  let quoted = false;
  let started = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && field === "") quoted = true;
    else if (sign === ",") {
      record.push(field);
      field = "";
    } else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[at + 1] === "\n") at += 1;
      record.push(field);
      yield record;
      record = [];
      field = "";
      started = false;
      continue;
    } else field += sign;
    started = true;
  }
  if (started || field !== "") {
    record.push(field);
    yield record;
  }
}

const named = (cell: string): string => cell.trim().toLowerCase();
const isHeader = (cells: readonly string[]): boolean => cells.includes("url") || (cells.includes("first name") && cells.includes("last name"));

/** Returns the text of a file, or says why it is none. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES) throw new Unreadable("too_large");
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) throw new Unreadable("archive");
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable("not_text");
  }
}

/** Reads a connections file (a table with the network's own header) or a list with one address or handle a line. */
export function readConnections(text: string, form: ProfileForm, mostIds = Number.POSITIVE_INFINITY): Found {
  if (text.includes("\u0000")) throw new Unreadable("not_text");
  const all: string[][] = [];
  for (const record of records(text.replace(/^\ufeff/u, ""))) {
    all.push(record);
    if (all.length > MOST_ROWS) throw new Unreadable("too_many");
  }
  const isBlank = (record: readonly string[]): boolean => record.every((cell) => cell.trim() === "");
  if (all.every(isBlank)) throw new Unreadable("empty");
  const header = all.findIndex((record) => record.length > 1 && isHeader(record.map(named)));
  const cells = header < 0 ? [] : (all[header] ?? []).map(named);
  const column = cells.indexOf("url");
  const since = cells.indexOf("connected on");
  if (header >= 0 && column < 0) throw new Unreadable("no_addresses");
  const ids = new Set<string>();
  const years = new Set<number>();
  const problems: Problem[] = [];
  let rows = 0;
  let identifiedRows = 0;
  for (const [index, record] of all.entries()) {
    // A line of nothing is no row; a row of commas is somebody who left the network.
    if (index <= header || (record.length === 1 && isBlank(record))) continue;
    rows += 1;
    const year = since >= 0 ? YEAR.exec(record[since] ?? "")?.[1] : undefined;
    if (year !== undefined) years.add(Number(year));
    const given = (header >= 0 ? record[column] : record.length === 1 ? record[0] : undefined) ?? "";
    const id = canonicalId(given, form);
    if (id !== null) {
      identifiedRows += 1;
      ids.add(id);
      if (ids.size > mostIds) throw new Unreadable("too_many");
    } else if (problems.length < MOST_PROBLEMS) {
      problems.push({ row: index + 1, reason: ADDRESS.test(given.trim()) ? "other_network" : "no_id" });
    }
  }
  if (ids.size === 0) throw new Unreadable("nothing_found");
  return {
    kind: header >= 0 ? "table" : "list",
    headerRow: header >= 0 ? header : null,
    rows,
    identifiedRows,
    unidentified: rows - identifiedRows,
    ids: [...ids],
    years: [...years].sort((one, other) => one - other),
    problems,
  };
}

/** Cuts ids into parts of at most `size`. */
export function partsOf(ids: readonly string[], size: number): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += size) parts.push(ids.slice(at, at + size));
  return parts;
}
