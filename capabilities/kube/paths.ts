import { GROUP, SINK_FAMILIES, TEST_PLURAL, VERSION, type SinkKind } from "../api/vocabulary";
import { ClusterError } from "../domain/cluster-error";
import { isDnsLabel, isDnsSubdomain } from "../api/names";

/** A checked path of the API server, and what the call is named in errors and logs. */
export interface ApiPath {
  readonly path: string;
  /** Such as `Secret default/pg-dsn`. */
  readonly subject: string;
}

/** Every function here throws `ClusterError` `InvalidName` for a name that is none, before any request. */
export function testPath(namespace: string, name: string, subresource?: "status"): ApiPath {
  return objectPath({
    root: `/apis/${GROUP}/${VERSION}`,
    plural: TEST_PLURAL,
    kind: "KollectConnectionTest",
    namespace,
    name,
    ...(subresource ? { subresource } : {}),
  });
}

export function sinkPath(kind: SinkKind, namespace: string, name: string, subresource?: "status"): ApiPath {
  const { plural } = SINK_FAMILIES[kind];
  const object = { root: `/apis/${GROUP}/${VERSION}`, plural, kind, namespace, name };
  return objectPath(subresource ? { ...object, subresource } : object);
}

export function secretPath(namespace: string, name: string): ApiPath {
  return objectPath({ root: "/api/v1", plural: "secrets", kind: "Secret", namespace, name });
}

/** Without a name: the collection, to create an Event in. */
export function eventPath(namespace: string, name?: string): ApiPath {
  const event = { root: "/apis/events.k8s.io/v1", plural: "events", kind: "Event", namespace };
  return objectPath(name === undefined ? event : { ...event, name });
}

/** Without a namespace: the review for the whole cluster. */
export function accessReviewPath(namespace?: string): ApiPath {
  const root = "/apis/authorization.k8s.io/v1";
  if (namespace === undefined) {
    return { path: `${root}/subjectaccessreviews`, subject: "SubjectAccessReview" };
  }
  return objectPath({
    root,
    plural: "localsubjectaccessreviews",
    kind: "LocalSubjectAccessReview",
    namespace,
  });
}

/** The path of a server-side apply, by which the operator owns the fields that it sends. */
export function applied(path: string): string {
  return `${path}?fieldManager=kollect-connection-test`;
}

interface ObjectLocation {
  readonly root: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

function objectPath({ root, plural, kind, namespace, name, subresource }: ObjectLocation): ApiPath {
  if (!isDnsLabel(namespace)) throw invalidName(kind, "namespace", namespace);
  if (name !== undefined && !isDnsSubdomain(name)) throw invalidName(kind, "name", name);
  // Names that passed need no encoding; it stays as the second lock, should the check ever be loosened.
  const parts = [plural, name, subresource].filter((part) => part !== undefined).map(encodeURIComponent);
  return {
    path: `${root}/namespaces/${encodeURIComponent(namespace)}/${parts.join("/")}`,
    subject: name === undefined ? `${kind} in ${namespace}` : `${kind} ${namespace}/${name}`,
  };
}

function invalidName(kind: string, part: "namespace" | "name", value: string): ClusterError {
  const rule =
    part === "name"
      ? "at most 253 lower case letters, digits, '-' and '.', beginning and ending with a letter or digit"
      : "at most 63 lower case letters, digits and '-', beginning and ending with a letter or digit";
  const shown = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  const message = `${shown} is no ${part}; it must have ${rule}. Nothing was sent`;
  return new ClusterError(`address a ${kind}`, 0, "InvalidName", message);
}
