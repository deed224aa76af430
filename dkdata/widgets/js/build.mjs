// Builds each entry into one minified module; with --check it compares with what is committed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { options } from "./bundling.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "..", "static");
const LARGEST = 60_000; // bytes: a notebook carries the module once for each explorer

const entries = ["explorer", "progress"]
  .map((name) => ({ name, source: join(HERE, "src", `${name}.tsx`) }))
  .filter(({ source }) => existsSync(source));

/**
 * Gives class names, ids and custom properties short names, the same ones in scripts and styles; the
 * most frequent ones get the shortest.
 */
const shortened = (module) => {
  const NAME = /(?<!data-)dk-[a-z]+/g;
  const times = new Map();
  for (const name of (module.match(NAME) ?? []).sort()) {
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  const names = [...times.keys()].sort((one, other) => times.get(other) - times.get(one));
  return module.replace(NAME, (name) => `dk${names.indexOf(name).toString(36)}`);
};

const bundle = async (source) => {
  const made = await build({
    ...options,
    absWorkingDir: HERE,
    entryPoints: [source],
    minify: true,
    write: false,
  });
  return Buffer.from(shortened(made.outputFiles[0].text));
};

const told = (problem) => {
  console.error(problem);
  process.exitCode = 1;
};

const checking = process.argv.includes("--check");
for (const { name, source } of entries) {
  const module = await bundle(source);
  const path = join(STATIC, `${name}.js`);
  const shown = relative(process.cwd(), path);
  console.log(`${shown}: ${module.length} bytes, ${gzipSync(module, { level: 9 }).length} gzipped`);
  if (module.length > LARGEST) told(`${shown} is larger than ${LARGEST} bytes.`);
  if (!checking) {
    mkdirSync(STATIC, { recursive: true });
    writeFileSync(path, module);
  } else if (!existsSync(path) || !readFileSync(path).equals(module)) {
    told(`${shown} is not what its sources give. Run \`make bundle\` and commit it.`);
  }
}
