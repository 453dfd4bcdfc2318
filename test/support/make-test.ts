import type {
  ConnectionTestSpec,
  ConnectionTestStatus,
  KollectConnectionTest,
} from "../../capabilities/api/types";

export interface TestOverrides {
  readonly metadata?: Partial<KollectConnectionTest["metadata"]>;
  readonly spec?: Partial<ConnectionTestSpec>;
  readonly status?: ConnectionTestStatus;
}

/** A test as the API server would give it, for pure tests. */
export function makeTest({ metadata, spec, status }: TestOverrides = {}): KollectConnectionTest {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectConnectionTest",
    metadata: {
      name: "probe",
      namespace: "shop",
      uid: "uid-1",
      generation: 1,
      resourceVersion: "10",
      ...metadata,
    },
    spec: { sinkRef: { databaseSinkRef: "orders" }, ...spec },
    ...(status ? { status } : {}),
  };
}
