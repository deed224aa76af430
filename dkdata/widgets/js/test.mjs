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
const bundled = (names, more) =>
  build({
    ...options,
    absWorkingDir: HERE,
    entryPoints: names.map((name) => join("test", name)),
    outdir: BUILT,
    outExtension: { ".js": ".mjs" },
    platform: "node",
    external: ["happy-dom"],
    sourcemap: "inline",
    ...more,
  });
await bundled(tests);
// What is tested of the own renderer has to hold for the one that it stands in for.
await bundled(["dom.test.tsx"], { alias: {}, outExtension: { ".js": ".preact.mjs" } });
const built = tests.map((name) => join(BUILT, name.replace(/\.tsx?$/, ".mjs")));
built.push(join(BUILT, "dom.test.preact.mjs"));
const run = [...process.argv.slice(2), "--enable-source-maps", "--test", ...built];
process.exitCode = spawnSync(process.execPath, run, { stdio: "inherit" }).status ?? 1;
