import type { KollectConnectionTest } from "../../capabilities/api/types";

/** How the load's tests are written. */
export interface TestOptions {
  readonly namespace: string;
  readonly sink: string;
  readonly ttlSeconds?: number;
}

const LONG_TTL_SECONDS = 3_600;

/** Path of all tests of a namespace, or of one. */
export function testsPath(namespace: string, name?: string): string {
  const all = `/apis/kollect.dev/v1alpha1/namespaces/${namespace}/kollectconnectiontests`;
  return name === undefined ? all : `${all}/${name}`;
}

/** A test of a database sink, as a person would write it. */
export function testObject(
  name: string,
  { namespace, sink, ttlSeconds }: TestOptions,
): KollectConnectionTest {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectConnectionTest",
    metadata: { name, namespace },
    spec: {
      sinkRef: { databaseSinkRef: sink },
      ttlSecondsAfterFinished: ttlSeconds ?? LONG_TTL_SECONDS,
    },
  } as KollectConnectionTest;
}

/** The smallest status of a finished test. */
export function finishedStatus(completedAt = new Date()): object {
  return {
    status: {
      completed: true,
      completedAt: completedAt.toISOString().replace(/\.\d+Z$/, "Z"),
      latencyMs: 1,
      observedGeneration: 1,
    },
  };
}

/** A database sink of PostgreSQL whose DSN is in the Secret `secret`. */
export function sinkObject(name: string, namespace: string, secret: string): object {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata: { name, namespace },
    spec: { type: "postgres", postgres: { databaseRef: { name: secret }, table: "inventory" } },
  };
}

export function sinksPath(namespace: string): string {
  return `/apis/kollect.dev/v1alpha1/namespaces/${namespace}/kollectdatabasesinks`;
}
