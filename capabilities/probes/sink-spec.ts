import type { Sink } from "../api/types";
import type { SinkType } from "../api/vocabulary";
import { failed } from "../domain/failure";
import { CA_FIELD, SHARED_FIELD, type SecretReference } from "../domain/references";

export { SHARED_FIELD };

type Block<Spec, Type> = Spec extends unknown
  ? Type extends keyof Spec
    ? NonNullable<Spec[Type]>
    : never
  : never;

/**
 * The block of a sink's spec that has the name of its type. Throws `FailureError` `InvalidConfiguration` without one.
 * @param needs required members of the block, for the message: "brokers and topic"
 */
export function settingsOf<Type extends SinkType>(
  { spec }: Sink,
  type: Type,
  needs: string,
): Block<Sink["spec"], Type> {
  const block = type in spec ? (spec as Partial<Record<SinkType, object>>)[type] : undefined;
  if (block) return block as Block<Sink["spec"], Type>;
  throw failed("InvalidConfiguration", `spec.${type} is missing. A sink of type ${type} needs ${needs}.`);
}

/** A reference as written in the sink. */
export interface WrittenReference {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export function secretReference(field: string, { name, namespace }: WrittenReference): SecretReference {
  return { field, name, ...(namespace ? { namespace } : {}) };
}

/** The Secret that `spec.tls` names, if any; every probe adds it to its own references. */
export function tlsReferences({ spec }: Sink): SecretReference[] {
  const reference = spec.tls?.caSecretRef;
  return reference ? [secretReference(CA_FIELD, reference)] : [];
}

/**
 * The Secrets of credentials and of `spec.tls`. The backend's own field overrides `spec.secretRef`, which is then not
 * read.
 */
export function credentialReferences(
  sink: Sink,
  own?: { readonly field: string; readonly reference: WrittenReference | undefined },
): SecretReference[] {
  const shared = sink.spec.secretRef;
  const credentials = own?.reference
    ? [secretReference(own.field, own.reference)]
    : shared
      ? [secretReference(SHARED_FIELD, shared)]
      : [];
  return [...credentials, ...tlsReferences(sink)];
}
