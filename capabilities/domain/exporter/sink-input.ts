import type { Sink } from "../../api/types";
import type { ResolvedSecrets, Secret } from "../ports";
import { CA_FIELD } from "../references";

/** A sink with the Secrets that it names: everything that the exporter reads for it. */
export interface SinkInput {
  readonly sink: Sink;
  readonly secrets: ResolvedSecrets;
  /** Whether `BIGQUERY_EMULATOR_HOST` is set. */
  readonly bigqueryEmulator: boolean;
}

/** Whether any of the sink's Secrets has one of the keys with a value. */
export function hasKey({ secrets }: Pick<SinkInput, "secrets">, ...keys: readonly string[]): boolean {
  return credentials(secrets).some(([, { data }]) => keys.some((key) => (data.get(key)?.length ?? 0) > 0));
}

/** The input without these keys of its credentials; authorities of `spec.tls.caSecretRef` stay. */
export function withoutKeys(input: SinkInput, ...keys: readonly string[]): SinkInput {
  const secrets = new Map(input.secrets);
  for (const [field, secret] of credentials(input.secrets)) {
    const data = new Map([...secret.data].filter(([key]) => !keys.includes(key)));
    secrets.set(field, { ...secret, data });
  }
  return { ...input, secrets };
}

/** The input with another spec. */
export function withSpec(input: SinkInput, change: Partial<Sink["spec"]>): SinkInput {
  return { ...input, sink: { ...input.sink, spec: { ...input.sink.spec, ...change } } as Sink };
}

/** Whether `spec.tls` sets more than whether TLS is used. */
export function hasTlsSettings({ sink }: Pick<SinkInput, "sink">): boolean {
  const { tls } = sink.spec;
  return hasAuthority({ sink }) || tls?.insecureSkipVerify === true;
}

/** Whether `spec.tls` names an authority. */
export function hasAuthority({ sink }: Pick<SinkInput, "sink">): boolean {
  const { tls } = sink.spec;
  return Boolean(tls?.caBundle) || tls?.caSecretRef !== undefined;
}

/** The input without `spec.tls`. */
export function withoutTls(input: SinkInput): SinkInput {
  const { tls: _, ...spec } = input.sink.spec;
  return { ...input, sink: { ...input.sink, spec } as Sink };
}

function credentials(secrets: ResolvedSecrets): [string, Secret][] {
  return [...secrets].filter(([field]) => field !== CA_FIELD);
}
