import Ajv, { type Options, type ValidateFunction } from "ajv";
import { SINK_DEFINITIONS } from "../../capabilities/api/schema";
import type { SinkKind } from "../../capabilities/api/vocabulary";

/** Options for the validation of a sink against the schema of its CRD. */
export const AJV_OPTIONS: Options = {
  // Kubernetes' own keywords and formats are not part of JSON Schema.
  ...{ strict: false, validateFormats: false, useDefaults: true, logger: false },
  // Validating the schema, which tests do, and optimizing code would take longer than all sinks.
  ...{ meta: false, validateSchema: false, code: { optimize: false } },
};

const validators = new Map<SinkKind, ValidateFunction>();

/**
 * The validation function of a kind's schema with defaults, as in the API server; compiled at the first use. The built
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
