// Builds every asset of the portal into advocacy/portal/static/build: content-hashed files, compressed siblings and manifest.json.
// The result is put in place in one step, so a build that stops half way changes nothing.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const modules = path.join(here, "node_modules");
const target = path.resolve(here, "../advocacy/portal/static/build");
const staging = `${target}.new-${process.pid}`;
const browsers = ["chrome120", "firefox125", "safari17"];
const manifest = {};

const digest = (body) => createHash("sha256").update(body).digest("hex").slice(0, 10).toUpperCase();

async function put(name, body) {
  const extension = path.extname(name);
  const file = `${path.basename(name, extension)}-${digest(body)}${extension}`;
  await writeFile(path.join(staging, file), body);
  manifest[name] = file;
}

// Bootstrap still writes left and right in a few places; the portal is right-to-left safe, so they become logical here.
const LOGICAL = [
  [/\b(margin|padding)-left(?=\s*:)/g, "$1-inline-start"],
  [/\b(margin|padding)-right(?=\s*:)/g, "$1-inline-end"],
  [/\bborder-left(?=[-:\s])/g, "border-inline-start"],
  [/\bborder-right(?=[-:\s])/g, "border-inline-end"],
  [/(?<=[\s;{])left(?=\s*:)/g, "inset-inline-start"],
  [/(?<=[\s;{])right(?=\s*:)/g, "inset-inline-end"],
  [/\b(text-align|float|clear)\s*:\s*left\b/g, "$1: start"],
  [/\b(text-align|float|clear)\s*:\s*right\b/g, "$1: end"],
];
const PHYSICAL = /(?:^|[{;\s])((?:margin|padding|border|inset)-(?:left|right)[\w-]*|left|right)\s*:|(?:text-align|float)\s*:\s*(?:left|right)\b/m;

function styles() {
  const compiled = sass.compile(path.join(source, "styles/app.scss"), {
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
    style: "expanded",
  });
  let css = compiled.css;
  for (const [pattern, logical] of LOGICAL) css = css.replace(pattern, logical);
  css = css.replace(/float: (start|end)/g, "float: inline-$1");
  const leftover = css.match(PHYSICAL);
  if (leftover) throw new Error(`app.css names a physical side: "${leftover[0].trim()}". Use the logical property.`);
  return css;
}

const stylesheet = {
  name: "stylesheet",
  setup(build) {
    build.onLoad({ filter: /app\.scss$/ }, () => ({ contents: styles(), loader: "css", resolveDir: path.join(source, "styles") }));
  },
};

async function bundles() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: { app: "src/app.ts", charts: "src/charts.ts", "service-worker": "src/service-worker.ts", styles: "src/styles/app.scss" },
    outdir: staging,
    bundle: true,
    minify: true,
    format: "iife",
    target: browsers,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file" },
    plugins: [stylesheet],
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const entries = { "src/app.ts": "app.js", "src/charts.ts": "charts.js", "src/service-worker.ts": "service-worker.js", "src/styles/app.scss": "app.css" };
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    const file = path.basename(output);
    if (entryPoint) manifest[entries[entryPoint]] = file;
    else if (file.endsWith(".woff2")) manifest[file.replace(/-[A-Z0-9]{8}\.woff2$/, ".woff2")] = file;
  }
}

async function sprite() {
  const names = JSON.parse(await readFile(path.join(source, "icons.json"), "utf8"));
  const symbols = [];
  for (const name of names) {
    const svg = await readFile(path.join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>`);
  }
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

// The icon as devices want it: pixels, and for those that cut their own shape one whose ground reaches every edge.
async function icons() {
  await initWasm(readFile(path.join(modules, "@resvg/resvg-wasm/index_bg.wasm")));
  const round = await readFile(path.join(source, "app-icon.svg"), "utf8");
  const whole = round.replace(/ rx="[\d.]+"/, "");
  if (whole === round) throw new Error("app-icon.svg has no rounded ground to fill for the maskable icon.");
  const pixels = (svg, width) => new Resvg(svg, { fitTo: { mode: "width", value: width } }).render().asPng();
  await put("app-icon.svg", round);
  await put("app-icon-192.png", pixels(round, 192));
  await put("app-icon-512.png", pixels(round, 512));
  await put("app-icon-maskable-512.png", pixels(whole, 512));
  await put("app-icon-touch-180.png", pixels(whole, 180));
}

async function copies() {
  for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
    await put(name, await readFile(path.join(modules, "swagger-ui-dist", name)));
  }
}

async function compress() {
  const gzip = promisify(zlib.gzip);
  const brotli = promisify(zlib.brotliCompress);
  const texts = (await readdir(staging)).filter((file) => /\.(css|js|svg)$/.test(file));
  await Promise.all(
    texts.map(async (file) => {
      const body = await readFile(path.join(staging, file));
      const quality = body.length > 1_000_000 ? 8 : 10;
      const [gz, br] = await Promise.all([gzip(body, { level: 9 }), brotli(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: quality } })]);
      await writeFile(path.join(staging, `${file}.gz`), gz);
      await writeFile(path.join(staging, `${file}.br`), br);
    }),
  );
}

async function swapIn() {
  const previous = `${target}.old-${process.pid}`;
  if (existsSync(target)) await rename(target, previous);
  await rename(staging, target);
  await rm(previous, { recursive: true, force: true });
}

const started = performance.now();
try {
  await mkdir(staging, { recursive: true });
  await Promise.all([bundles(), sprite(), icons(), copies()]);
  await compress();
  const sorted = Object.fromEntries(Object.entries(manifest).sort());
  await writeFile(path.join(staging, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
  await swapIn();
  console.log(`${Object.keys(sorted).length} assets built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`The assets were not built: ${error.message}`);
  await rm(staging, { recursive: true, force: true });
  process.exitCode = 1;
}
