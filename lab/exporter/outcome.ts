import type { ExportOutcome, TruthCase } from "../truth/row";

/** An operation of the exporter that failed, with the error's own text for the report of the test. */
export function failedStep(step: string, error: unknown): ExportOutcome {
  return { works: false, step, error: error instanceof Error ? error.message : String(error) };
}

/**
 * The failure of a Secret that does not exist: `spec.secretRef` and `spec.tls.caSecretRef` are read for every type,
 * used or not, and `further` are those that the type names itself.
 */
export function missingSecret(
  { sink, secrets }: TruthCase,
  ...further: readonly (string | undefined)[]
): ExportOutcome | undefined {
  const { secretRef, tls } = sink.spec;
  const names = [secretRef?.name, tls?.caSecretRef?.name, ...further];
  const missing = names.find((name) => name !== undefined && !Object.hasOwn(secrets, name));
  return missing === undefined
    ? undefined
    : failedStep("construction", new Error(`secret ${missing} not found`));
}
