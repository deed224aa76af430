// How sources become modules: the same for the shipped bundle and for the tests.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Gives an imported style sheet as one minified text. */
const styles = {
  name: "styles",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const target = bundler.initialOptions.target;
      const options = { bundle: true, minify: true, write: false, legalComments: "none", target };
      const made = await build({ ...options, entryPoints: [path] });
      // The minifier leaves custom properties as they are written.
      const text = made.outputFiles[0].text.trim().replaceAll(/(?<=[:,(]) | (?=\))/g, "");
      return { contents: text, loader: "text" };
    });
  },
};

const OWN = fileURLToPath(new URL("src/dom.ts", import.meta.url));

export const options = {
  bundle: true,
  format: "esm",
  target: "es2023",
  jsx: "transform", // calls are shorter than those of the automatic runtime
  jsxFactory: "createElement",
  jsxFragment: "Fragment",
  tsconfigRaw: {}, // that of the type checker knows another runtime
  inject: [fileURLToPath(new URL("src/jsx.ts", import.meta.url))],
  legalComments: "none",
  charset: "utf8",
  alias: { preact: OWN, "preact/hooks": OWN },
  plugins: [styles],
  logLevel: "warning",
};
