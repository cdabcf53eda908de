// The two pieces of arithmetic that people see: exact fractions and the networks' ways of counting.
import assert from "node:assert/strict";
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
