// Builds the front end into web/static/bundle: `node web/bundle.mjs`.
//
// One script, one style sheet, one icon sprite, one font, each with its content's hash in the name,
// and manifest.json that tells which file is which. The telephone is a script of its own, which is
// loaded where somebody uses it. Only what the templates use is kept of Tabler and its icons. Fails
// when the first load, or the telephone, grows over its limit.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";
import subsetFont from "subset-font";

const web = fileURLToPath(new URL(".", import.meta.url));
const modules = join(web, "..", "node_modules");
const target = join(web, "static", "bundle");
const limit = 200 * 1000; // bytes, gzipped, of everything a first visit loads
const later = { "softphone.js": 90 * 1000 }; // bytes, gzipped, of what is loaded when it is used
const browsers = ["chrome123", "firefox120", "safari17.5"]; // the first with light-dark()

async function filesUnder(folder, extension) {
  const entries = await readdir(join(web, folder), { recursive: true });
  return entries.filter((name) => name.endsWith(extension)).map((name) => join(web, folder, name));
}

async function textsUnder(folder, extension) {
  const files = await filesUnder(folder, extension);
  return Promise.all(files.map((file) => readFile(file, "utf8")));
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join("");
}

async function font() {
  const whole = await readFile(join(modules, "inter-ui", "variable", "InterVariable.woff2"));
  // Latin with all of Central Europe, and the punctuation and signs that the pages print.
  const letters = range(0x20, 0x7e) + range(0xa0, 0x17f) + "–—‘’‚“”„…•·→←↑↓×−′″‹›€№\u2009\u202f";
  return subsetFont(whole, letters, {
    targetFormat: "woff2",
    variationAxes: { opsz: 14, wght: { min: 400, max: 700 } },
    keepFeatures: ["kern", "tnum", "ccmp", "locl", "mark", "calt"],
  });
}

async function icons() {
  const names = new Set();
  for (const text of await textsUnder("templates", ".html")) {
    for (const match of text.matchAll(/\bicon(?:_name)?\s*[(=]\s*"([a-z0-9-]+)"/g)) names.add(match[1]);
    for (const match of text.matchAll(/"icon:([a-z0-9-]+)"/g)) names.add(match[1]);
  }
  const symbols = [...names].sort().map(async (name) => {
    const [set, file] = name.endsWith("-filled") ? ["filled", name.slice(0, -7)] : ["outline", name];
    const svg = await readFile(join(modules, "@tabler", "icons", "icons", set, `${file}.svg`), "utf8")
      .catch(() => { throw new Error(`no such icon: ${name}`); });
    const shapes = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1]
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("")}</svg>`;
}

async function style(fontName) {
  const built = await esbuild.build({
    entryPoints: [join(web, "static", "css", "app.css")],
    bundle: true,
    write: false,
    external: ["*.woff2"],
    nodePaths: [modules],
    target: browsers,
    logLevel: "warning",
  });
  const content = [...(await filesUnder("templates", ".html")), ...(await filesUnder("ts", ".ts"))];
  const [purged] = await new PurgeCSS().purge({
    content,
    css: [{ raw: built.outputFiles[0].text }],
    variables: true,
    keyframes: true,
    // Classes that the templates put together, and attributes that scripts set.
    safelist: {
      standard: [/^htmx-/, "html", "body", ":root", "filled"],
      greedy: [/data-bs-theme/, /data-(device|from|phone)/, /^hue-/, /^state-/, /^outcome-/, /^health-/],
      variables: [/^--tblr-(body|font|border|primary|secondary|link|bg|gray|red|green|blue|yellow)/],
    },
  });
  const css = purged.css.replaceAll("inter.woff2", fontName);
  return (await esbuild.transform(css, { loader: "css", minify: true, target: browsers })).code;
}

async function script(name, format) {
  const built = await esbuild.build({
    entryPoints: [join(web, "ts", `${name}.ts`)],
    bundle: true,
    write: false,
    minify: true,
    format,
    target: browsers,
    nodePaths: [modules],
    legalComments: "none",
    logLevel: "warning",
  });
  return built.outputFiles[0].text;
}

const started = performance.now();
const fontBytes = await font();
const hashed = (name, bytes) => {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  return `${basename(name, extname(name))}-${hash}${extname(name)}`;
};
const files = {
  "inter.woff2": fontBytes,
  "icons.svg": await icons(),
  "app.css": await style(hashed("inter.woff2", fontBytes)),
  "main.js": await script("main", "esm"),
  "softphone.js": await script("softphone/main", "esm"),
};

const fresh = `${target}.new`;
await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const manifest = {};
let total = 0;
for (const [name, content] of Object.entries(files)) {
  const bytes = Buffer.from(content);
  const packed = gzipSync(bytes, { level: 9 });
  manifest[name] = hashed(name, bytes);
  await writeFile(join(fresh, manifest[name]), bytes);
  // The server sends the packed file beside it to browsers that take gzip.
  if (!name.endsWith(".woff2")) await writeFile(join(fresh, `${manifest[name]}.gz`), packed);
  const sent = name.endsWith(".woff2") ? bytes.length : packed.length;
  if (!(name in later)) total += sent;
  else if (sent > later[name]) {
    console.error(`${name} is ${sent} bytes gzipped, over its limit of ${later[name]}`);
    process.exit(1);
  }
  console.log(`${name.padEnd(12)} ${(sent / 1000).toFixed(1).padStart(6)} kB gzipped`);
}
await writeFile(join(fresh, "manifest.json"), JSON.stringify(manifest));
if (total > limit) {
  console.error(`first load is ${total} bytes gzipped, over the limit of ${limit}`);
  process.exit(1);
}
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
const took = ((performance.now() - started) / 1000).toFixed(1);
console.log(`first load   ${(total / 1000).toFixed(1).padStart(6)} kB gzipped, bundled in ${took} s`);
