import { transform } from "esbuild";
import { basename } from "node:path";
import { deflateRawSync } from "node:zlib";

/** A file of esbuild's output: an ES module that imports the others by `./NAME`. */
export interface Chunk {
  readonly path: string;
  readonly text: string;
}

export interface Packing {
  readonly chunks: readonly Chunk[];
  /** Name of the chunk to start with. */
  readonly entry: string;
  /** Names of the chunks that every start needs. */
  readonly eager: ReadonlySet<string>;
  /** First lines of the file. */
  readonly banner: string;
  /** Last lines of the file. */
  readonly footer: string;
}

/**
 * Calls a chunk when it is first asked for. The compressed ones are compiled then, so that a start does not pay for
 * the parsing of drivers that its command does not use. They see the `navigator` of Node.js 21: pg, which looks there for
 * what it runs on, would load all of `fetch` on Node.js 20 instead.
 */
const LOADER = `
const loaded = new Map();
function load(name) {
  if (!Object.hasOwn(chunks, name)) return require(name);
  const known = loaded.get(name);
  if (known) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  const chunk = chunks[name];
  const run = typeof chunk === "string" ? compile(name, chunk) : chunk;
  run(module.exports, load, module, __filename, __dirname);
  return module.exports;
}
function compile(name, packed) {
  const text = require("node:zlib").inflateRawSync(Buffer.from(packed, "base64")).toString();
  const parameters = ["exports", "require", "module", "__filename", "__dirname", "navigator"];
  const filename = __filename + "/" + name.slice(2);
  const run = require("node:vm").compileFunction(text, parameters, { filename });
  return (...given) => run(...given, runtime());
}
function runtime() {
  return globalThis.navigator ?? { userAgent: "Node.js/" + process.versions.node.split(".")[0] };
}
`.trim();

/** One CommonJS file of all chunks: those of every start as code, the others compressed until they are imported. */
export async function pack({ chunks, entry, eager, banner, footer }: Packing): Promise<string> {
  const members = await Promise.all(
    chunks.map(async ({ path, text }) => {
      const name = basename(path);
      const code = await asCommonJs(text);
      const value = eager.has(name)
        ? `function(exports,require,module,__filename,__dirname){${code}}`
        : JSON.stringify(deflateRawSync(code, { level: 9 }).toString("base64"));
      return `${JSON.stringify(`./${name}`)}: ${value}`;
    }),
  );
  const table = `const chunks = {\n${members.join(",\n")}\n};`;
  return [banner, '"use strict";', table, LOADER, `load("./${entry}");`, footer].join("\n") + "\n";
}

async function asCommonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    // By the loader's function, which knows the chunks.
    supported: { "dynamic-import": false },
    logLevel: "error",
  });
  return code;
}
