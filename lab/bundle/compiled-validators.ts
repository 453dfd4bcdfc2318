import Ajv from "ajv";
import standaloneCode from "ajv/dist/standalone";
import type { Plugin } from "esbuild";
import { SINK_DEFINITIONS } from "../../capabilities/api/schema";
import { AJV_OPTIONS } from "../../cli/input/validators";

/** What cli/input/validators.ts exports, with the functions that Ajv makes of the schemas, and without Ajv. */
function compiledValidators(): string {
  const ajv = new Ajv({ ...AJV_OPTIONS, code: { source: true, esm: true } });
  for (const { kind, spec } of SINK_DEFINITIONS) ajv.addSchema(spec, kind);
  const kinds = SINK_DEFINITIONS.map(({ kind }) => kind);
  const code = standaloneCode(ajv, Object.fromEntries(kinds.map((kind) => [kind, kind])));
  const byKind = `const byKind = { ${kinds.join(", ")} };`;
  return [code, byKind, "export function validatorOf(kind) { return byKind[kind]; }"].join("\n");
}

/** Has the schemas of sinks compiled when the plugin is built, which takes longer than a probe at each start. */
export const validatorsAtBuild: Plugin = {
  name: "validators-at-build",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]cli[\\/]input[\\/]validators\.ts$/ }, () => ({
      contents: compiledValidators(),
      loader: "js",
      resolveDir: import.meta.dirname,
    }));
  },
};
