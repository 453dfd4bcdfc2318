/** A manifest of a test, for `kubectl apply -f -`. */
export function manifest(
  name: string,
  spec: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectConnectionTest",
    metadata: { name, namespace: "default", ...metadata },
    spec,
  });
}

export const PENDING = {
  observedGeneration: -1,
  conditions: ["ConnectionVerified", "Ready", "Finished"].map((type) => ({
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for the operator.",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  })),
};

/** A status as the operator would write it after a failed probe. */
export const FAILED = {
  completed: true,
  completedAt: "2026-01-02T03:04:05Z",
  latencyMs: 42,
  observedGeneration: 1,
  conditions: [
    {
      type: "ConnectionVerified",
      status: "False",
      reason: "ConnectionTestFailed",
      message: "PostgreSQL at db.shop:5432 refused the password.",
      lastTransitionTime: "2026-01-02T03:04:05Z",
      observedGeneration: 1,
    },
  ],
  sink: {
    kind: "KollectDatabaseSink",
    name: "orders",
    uid: "3f7c9c4e-0000-4000-8000-000000000000",
    generation: 2,
    type: "postgres",
  },
  requestedBy: "ci",
  startedAt: "2026-01-02T03:04:04Z",
  attempts: 1,
  probeId: "a1b2",
  sharedBy: 3,
  probe: {
    endpoint: "db.shop:5432",
    cause: "AuthenticationFailed",
    serverVersion: "18.4",
    tls: { version: "TLSv1.3", issuer: "CN=ca", notAfter: "2027-01-01T00:00:00Z" },
    phases: [
      { name: "Resolve", result: "Passed", latencyMs: 1 },
      { name: "Authenticate", result: "Failed", latencyMs: 40 },
      { name: "Verify", result: "Skipped", why: "an earlier phase failed" },
    ],
  },
};
