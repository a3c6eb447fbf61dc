// Bundles test/*.test.ts for Node and runs them with node:test.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { build } from "esbuild";

process.chdir(new URL(".", import.meta.url).pathname);
const names = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: names.map((name) => `test/${name}`),
  outdir: "dist/test",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  logLevel: "warning",
});
const files = names.map((name) => `dist/test/${name.replace(/\.ts$/, ".mjs")}`);
process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
