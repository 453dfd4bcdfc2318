import { failed, type FailureError } from "./failure";
import type { Sink } from "../api/types";
import { isDnsLabel, isDnsSubdomain } from "../api/names";

/** A Secret of another namespace that the administrator allows a namespace's sinks to use. */
export interface SharedSecret {
  /** A namespace, or `*` for all namespaces. */
  readonly sinkNamespace: string;
  readonly namespace: string;
  readonly name: string;
}

/** A Secret that may be read. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** A Secret that a sink names, before the policy decides whether it may be read. */
export interface SecretReference {
  /** The field of the sink, for messages: `spec.postgres.databaseRef`. */
  readonly field: string;
  readonly name: string;
  /** As written in the sink; absent means the sink's own namespace. */
  readonly namespace?: string;
}

/** The fields that name Secrets in the sinks of several backends. */
export const SHARED_FIELD = "spec.secretRef";
export const CA_FIELD = "spec.tls.caSecretRef";

/**
 * All Secrets that the exporter reads for a sink: those that its type uses, and always `spec.secretRef` and
 * `spec.tls.caSecretRef`, used or not.
 */
export function allReferences(sink: Sink, ofType: readonly SecretReference[]): SecretReference[] {
  const { secretRef, tls } = sink.spec;
  const always = [
    ...(secretRef ? [{ field: SHARED_FIELD, ...secretRef }] : []),
    ...(tls?.caSecretRef ? [{ field: CA_FIELD, ...tls.caSecretRef }] : []),
  ];
  return [...ofType, ...always.filter(({ field }) => !ofType.some((each) => each.field === field))];
}

/**
 * Returns where a Secret that a sink names may be read, or the failure that says why it may not. It decides without any
 * read, so that the result is the same whether a foreign Secret exists or not.
 */
export function permittedSecret(
  sinkNamespace: string,
  reference: SecretReference,
  shared: readonly SharedSecret[],
): SecretName | FailureError {
  const namespace = reference.namespace || sinkNamespace;
  if (!isDnsSubdomain(reference.name)) return noName(reference);
  if (!isDnsLabel(namespace)) {
    return failed(
      "ReferenceForbidden",
      `${reference.field}.namespace is not the name of a namespace. Leave it out to use the sink's own.`,
    );
  }
  const permitted =
    namespace === sinkNamespace ||
    shared.some(
      (entry) =>
        (entry.sinkNamespace === "*" || entry.sinkNamespace === sinkNamespace) &&
        entry.namespace === namespace &&
        entry.name === reference.name,
    );
  if (permitted) return { namespace, name: reference.name };
  return failed(
    "ReferenceForbidden",
    `${reference.field} names a Secret of namespace ${namespace}. Keep it in namespace ${sinkNamespace}, or ask ` +
      `the administrator to list ${sinkNamespace}:${namespace}/${reference.name} in KOLLECT_SHARED_SECRETS.`,
  );
}

/** Failure for an invalid name. A slash would lead to another namespace; any other text is a mistake in the sink. */
function noName({ field, name }: SecretReference): FailureError {
  if (name === "")
    return failed("InvalidConfiguration", `${field}.name is empty. Name a Secret, or leave ${field} out.`);
  const isPath = /[/\\%]/.test(name);
  return failed(
    isPath ? "ReferenceForbidden" : "InvalidConfiguration",
    `${field}.name is not the name of a Secret. Use lower case letters, digits, '-' and '.'.`,
  );
}
