// What is worked out before people's eyes: exact fractions, the networks' ways of counting, and ids in a connections file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));

async function load(name) {
  const built = await esbuild.build({ entryPoints: [path.join(here, "src", name)], bundle: true, write: false, format: "esm", target: "node20" });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}

const { parseRational, over, times, toDecimal, rational } = await load("rational.ts");
const { countText } = await load("counting.ts");
const { asPlain, asTyped } = await load("typed-numbers.ts");

test("the scenario of the seed comes out exactly", () => {
  const potential = times(parseRational("350000"), parseRational("10"));
  const brand = parseRational("1000000");
  assert.equal(toDecimal(over(potential, brand), 6), "3.5");
  assert.deepEqual(over(brand, potential), rational(2n, 7n));
  assert.equal(toDecimal(over(times(potential, parseRational("0.03")), brand), 6), "0.105");
});

test("fractions round half to even and refuse what is not exact", () => {
  assert.equal(toDecimal(parseRational("1/8"), 2), "0.12");
  assert.equal(toDecimal(parseRational("3/8"), 2), "0.38");
  assert.equal(toDecimal(parseRational("-1/3"), 3), "-0.333");
  assert.equal(toDecimal(parseRational("-1/3000"), 2), "0");
  assert.throws(() => parseRational("1e3"), SyntaxError);
  assert.throws(() => rational(1n, 0n), RangeError);
});

test("a number is read as its language writes it, as the shared cases say", () => {
  for (const { language, typed, plain } of JSON.parse(readFileSync(path.join(here, "../tests/portal/typed_numbers.json"), "utf8"))) {
    assert.equal(asPlain(typed, language), plain, `${language} ${typed}`);
  }
  assert.deepEqual([asTyped("2.5", "de"), asTyped("2.5", "en"), asTyped("350000", "es")], ["2,5", "2.5", "350000"]);
});

test("every network counts as the shared vectors say", () => {
  const vectors = JSON.parse(readFileSync(path.join(here, "../tests/sharing/counting_vectors.json"), "utf8"));
  for (const { text, unit, urlLength, length } of vectors) assert.equal(countText(text, { unit, limit: 0, urlLength }), length, text);
});

test("X counts links as 23, emoji and wide characters double", () => {
  const rule = { unit: "weighted", limit: 280, urlLength: 23 };
  assert.equal(countText("abc", rule), 3);
  assert.equal(countText("cafe\u0301", rule), 4);
  assert.equal(countText("漢字", rule), 4);
  assert.equal(countText("👨‍👩‍👧 ok", rule), 5);
  assert.equal(countText("🇩🇪", rule), 2);
  assert.equal(countText("© ❤️", rule), 4);
  assert.equal(countText("“quoted” – text…", rule), 16 + 1);
  assert.equal(countText("see https://example.org/a/very/long/path?with=query now", rule), 4 + 23 + 4);
  assert.equal(countText("١٢٣ 100 #", rule), 9);
});

test("Bluesky counts graphemes, everybody else code points", () => {
  assert.equal(countText("👨‍👩‍👧é", { unit: "graphemes", limit: 300 }), 2);
  assert.equal(countText("👨‍👩‍👧", { unit: "codepoints", limit: 500 }), 5);
});

const { readConnections, canonicalId, records, textOf, partsOf } = await load("connections.ts");
const EXAMPLES = JSON.parse(readFileSync(path.join(here, "../tests/measurement/overlap/examples.json"), "utf8"));
const LINKEDIN = { network: "linkedin", prefix: "li:in/", hosts: ["linkedin.com"], path: "in/", letters: "any", longest: 200 };
const X = { network: "x", prefix: "x:", hosts: ["x.com", "twitter.com"], path: "", letters: "ascii", longest: 15 };
const HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
const reason = (text, form = LINKEDIN, most) => {
  try {
    readConnections(text, form, most);
  } catch (error) {
    return error.reason;
  }
  return "read";
};

test("the connections file of the specification comes out exactly", () => {
  const { inputs, expected } = EXAMPLES.A18_connections_csv;
  const found = readConnections(inputs.text, LINKEDIN);
  assert.equal(found.headerRow, expected.header_row);
  assert.equal(found.rows, expected.rows);
  assert.equal(found.identifiedRows, expected.identified_rows);
  assert.equal(found.unidentified, expected.unidentified);
  assert.deepEqual([...found.ids].sort(), [...expected.unique_ids].sort());
  assert.deepEqual(found.years, expected.years);
  assert.deepEqual(found.problems, [{ row: 7, reason: "no_id" }]);
});

test("the id of the published vector comes out of its address", () => {
  const { inputs, expected } = EXAMPLES.A9_hmac;
  assert.equal(canonicalId(inputs.url, LINKEDIN), expected.canonical);
});

test("a byte order mark, Windows line ends, other notes and another order of columns do no harm", () => {
  const { inputs, expected } = EXAMPLES.A18_connections_csv;
  const windows = `\ufeff${inputs.text.replaceAll("\n", "\r\n")}`;
  assert.deepEqual(readConnections(windows, LINKEDIN).ids, readConnections(inputs.text, LINKEDIN).ids);
  assert.equal(readConnections(windows, LINKEDIN).headerRow, expected.header_row);
  for (const notes of ["", "Notes:\n", "Notes:\n\"a\nb, c\"\n\n\n", "One, two\nFirst Name\n"]) {
    assert.deepEqual(readConnections(`${notes}${HEADER}A,B,https://linkedin.com/in/ab,,,,\n`, LINKEDIN).ids, ["li:in/ab"]);
  }
  assert.deepEqual(readConnections("Connected On,URL,First Name\n2024-05-01,linkedin.com/in/ab,A\n", LINKEDIN).years, [2024]);
});

test("dates are read in any form and never sent: only their years are shown", () => {
  const rows = ["26 Jul 2025", "2019-01-03", "03/01/2020", "1. Mai 2018", "2021年3月4日", "soon", ""].map((date, at) => `A,B,https://www.linkedin.com/in/p${at},,,,${date}`);
  assert.deepEqual(readConnections(HEADER + rows.join("\n"), LINKEDIN).years, [2018, 2019, 2020, 2021, 2025]);
});

test("quotes, commas and line breaks within a cell stay in it", () => {
  assert.deepEqual([...records('a,"b, ""c""\nd",e\r\nf,,\rg')], [["a", 'b, "c"\nd', "e"], ["f", "", ""], ["g"]]);
  const hostile = `${HEADER}"https://www.linkedin.com/in/name-field",B,https://www.linkedin.com/in/own,"x, https://www.linkedin.com/in/company",,,\n`;
  assert.deepEqual(readConnections(hostile, LINKEDIN).ids, ["li:in/own"]);
});

test("a plain list gives addresses and handles, and a name is never taken for one", () => {
  const found = readConnections("https://www.linkedin.com/in/Ana-Diaz\nin/ben\n\nAna Diaz\nana@example.com\nAna\nDiaz, Ana\nhttps://x.com/ana\n", LINKEDIN);
  assert.deepEqual(found.ids, ["li:in/ana-diaz", "li:in/ben"]);
  assert.equal(found.kind, "list");
  assert.deepEqual(found.problems.map(({ row }) => row), [4, 5, 6, 7, 8]);
  assert.equal(found.problems.at(-1).reason, "other_network");
  assert.deepEqual(readConnections("@Ana_1\nhttps://twitter.com/ben?s=20\nx.com/Ana_1\nana\n", X).ids, ["x:ana_1", "x:ben"]);
});

test("what is no profile of the network has no id", () => {
  for (const text of ["", "https://www.linkedin.com/company/acme", "https://linkedin.com.evil.example/in/ana", "https://notlinkedin.com/in/ana", "https://www.linkedin.com/in/", "https://www.linkedin.com/in/%E0%A4%A", "https://www.linkedin.com/in/a%2Fb", "https://www.linkedin.com/in/a%00b", "https://www.linkedin.com/in/%E2%80%AEana", `in/${"a".repeat(201)}`, "javascript:alert(1)", "in/---"]) {
    assert.equal(canonicalId(text, LINKEDIN), null, text);
  }
  assert.equal(canonicalId("https://de.linkedin.com/in/田中-42/en", LINKEDIN), "li:in/田中-42");
  assert.equal(canonicalId("https://www.linkedin.com/in/jose\u0301", LINKEDIN), "li:in/josé");
});

test("a file that cannot be read says why", () => {
  assert.equal(reason("\n\n,,,\n"), "empty");
  assert.equal(reason(`a\u0000b`), "not_text");
  assert.equal(reason("First Name,Last Name,Email Address\nAna,Diaz,\n"), "no_addresses");
  assert.equal(reason("Ana\nBen\n"), "nothing_found");
  assert.equal(reason("in/a\nin/b\nin/c\n", LINKEDIN, 2), "too_many");
  assert.equal(reason("in/a\nin/b\nin/A\n", LINKEDIN, 2), "read");
  assert.throws(() => textOf(new TextEncoder().encode("PK\u0003\u0004")), { reason: "archive" });
  assert.throws(() => textOf(Uint8Array.of(0x41, 0xff, 0xfe)), { reason: "not_text" });
  assert.throws(() => textOf(new Uint8Array(26 * 1024 * 1024)), { reason: "too_large" });
  assert.equal(textOf(Uint8Array.of(0xff, 0xfe, 0x41, 0x00)), "A");
  assert.equal(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), "A");
});

test("thirty thousand rows take no time, and parts lose nothing", () => {
  const rows = Array.from({ length: 30_000 }, (_, at) => `Ana,"Diaz, Jr.",https://www.linkedin.com/in/p-${at},,"Acme, Inc.",Head,26 Jul 2025`);
  const started = performance.now();
  const found = readConnections(HEADER + rows.join("\n"), LINKEDIN);
  assert.ok(performance.now() - started < 3_000);
  assert.equal(found.ids.length, 30_000);
  const parts = partsOf(found.ids, 2_000);
  assert.deepEqual([parts.length, parts.flat()], [15, found.ids]);
});
