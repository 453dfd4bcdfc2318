import { GROUP, SINK_FAMILIES, TEST_PLURAL, VERSION, type SinkKind } from "../api/vocabulary";
import { ClusterError } from "../domain/cluster-error";
import { isDnsLabel, isDnsSubdomain } from "../api/names";

/** A validated path of the API server, and the name of its object in errors and logs. */
export interface ApiPath {
  readonly path: string;
  /** Such as `Secret default/pg-dsn`. */
  readonly subject: string;
}

/** Path of a test. Every function here throws `ClusterError` `InvalidName` for an invalid name, before any request. */
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

/** Path of an Event, or without a name that of the collection, to create one. */
export function eventPath(namespace: string, name?: string): ApiPath {
  const event = { root: "/apis/events.k8s.io/v1", plural: "events", kind: "Event", namespace };
  return objectPath(name === undefined ? event : { ...event, name });
}

/** Path of an access review in a namespace, or without one for the whole cluster. */
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

/** The path of a server-side apply, with the operator as the manager of the fields that it sends. */
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
  // Valid names need no encoding; it remains as a second safeguard in case the check is ever relaxed.
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
