import Ajv, { type Options, type ValidateFunction } from "ajv";
import { SINK_DEFINITIONS } from "../../capabilities/api/schema";
import type { SinkKind } from "../../capabilities/api/vocabulary";

/** How a sink is held against the schema of its CRD. */
export const AJV_OPTIONS: Options = {
  // Kubernetes' own keywords and formats are none of JSON Schema.
  ...{ strict: false, validateFormats: false, useDefaults: true, logger: false },
  // Checks of the schema itself, which tests have checked, and faster code take longer than all sinks do.
  ...{ meta: false, validateSchema: false, code: { optimize: false } },
};

const validators = new Map<SinkKind, ValidateFunction>();

/**
 * The schema's own check with its defaults, as the API server makes it; compiled when a kind comes first. The built
 * plugin has the compiled functions instead of this file: see lab/bundle/compiled-validators.ts.
 */
export function validatorOf(kind: SinkKind): ValidateFunction {
  const known = validators.get(kind);
  if (known) return known;
  const schema = SINK_DEFINITIONS.find((definition) => definition.kind === kind)?.spec ?? {};
  const validate = new Ajv(AJV_OPTIONS).compile(schema);
  validators.set(kind, validate);
  return validate;
}
