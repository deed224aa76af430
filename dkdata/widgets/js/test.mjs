// Bundles the tests as the explorer is bundled, and runs them.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { options } from "./bundling.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = join(HERE, "build");

const tests = readdirSync(join(HERE, "test")).filter((name) => /\.test\.tsx?$/.test(name));

rmSync(BUILT, { recursive: true, force: true });
await build({
  ...options,
  absWorkingDir: HERE,
  entryPoints: tests.map((name) => join("test", name)),
  outdir: BUILT,
  outbase: "test",
  outExtension: { ".js": ".mjs" },
  platform: "node",
  external: ["happy-dom"],
  sourcemap: "inline",
});
const built = tests.map((name) => join(BUILT, name.replace(/\.tsx?$/, ".mjs")));
const run = [...process.argv.slice(2), "--enable-source-maps", "--test", ...built];
process.exitCode = spawnSync(process.execPath, run, { stdio: "inherit" }).status ?? 1;
