// Builds dist/report.html: one page, scripts and styles inlined, no network.
//   node build.mjs                      the empty page the engine fills in
//   node build.mjs --data sample.json   also dist/sample.html, filled in the way the engine does it

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

const PLACEHOLDER = '{"dure":"data"}';
const LIMIT = 250 * 1024; // bytes

process.chdir(new URL(".", import.meta.url).pathname);

const { outputFiles } = await build({
  entryPoints: ["src/report/main.tsx"],
  outdir: "dist",
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: ["es2020", "chrome111", "firefox113", "safari16.2"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
});
const output = (extension) => outputFiles.find((file) => file.path.endsWith(extension)).text.trim();

// Replacements are functions, for "$&" in a script is not a pattern.
const page = (await readFile("src/report/page.html", "utf8"))
  .replace("/*studio:css*/", () => output(".css").replace(/<\/style/gi, "<\\/style"))
  .replace("/*studio:js*/", () => output(".js").replace(/<\/script/gi, "<\\/script"));

if (page.split(PLACEHOLDER).length !== 2) throw new Error(`the page must hold ${PLACEHOLDER} exactly once`);
if (/(src|href)\s*=\s*["']?https?:|@import|url\(\s*["']?https?:/i.test(page)) throw new Error("the page must not load anything");
if (Buffer.byteLength(page) > LIMIT) throw new Error(`the page is ${Buffer.byteLength(page)} bytes, over ${LIMIT}`);

await mkdir("dist", { recursive: true });
await write("dist/report.html", page);

const dataFlag = process.argv.indexOf("--data");
if (dataFlag >= 0) {
  const source = process.argv[dataFlag + 1];
  const data = JSON.stringify(JSON.parse(await readFile(source, "utf8"))).replace(/</g, "\\u003c");
  await write(`dist/${basename(source, ".json")}.html`, page.replace(PLACEHOLDER, () => data));
}

async function write(path, text) {
  await writeFile(path, text);
  console.log(`${path}  ${(Buffer.byteLength(text) / 1024).toFixed(1)} KB`);
}
