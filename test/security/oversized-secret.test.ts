import { afterEach, describe, expect, it } from "vitest";
import type { KollectDatabaseSink } from "../../capabilities/api/types";
import { probeFor } from "../../capabilities/probes/registry";
import { resolveSink, type Resolution } from "../../capabilities/resolve/resolve-sink";
import { createCluster } from "../../capabilities/kube/cluster";
import { createTransport } from "../../capabilities/kube/http/transport";
import { connectionTo, fastClock, memoryLog, startPeer } from "../unit/kube/http/peer";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const CANARY = "canary-dsn-7f3a";
const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
const SINK: KollectDatabaseSink = {
  apiVersion: "kollect.dev/v1alpha1",
  kind: "KollectDatabaseSink",
  metadata: { name: "orders", namespace: "shop", uid: "u", generation: 1, resourceVersion: "1" },
  spec: { type: "postgres", postgres: { databaseRef: { name: "pg" }, table: "inventory" } },
};

/** Resolves over the client of the operator, from an API server whose Secret has `ballast` bytes beside the DSN. */
async function resolution(ballast: number): Promise<{ found: Resolution; reads: number; log: string }> {
  const data = {
    dsn: Buffer.from(`postgres://u:${CANARY}@db/x`).toString("base64"),
    ballast: Buffer.alloc(ballast, 7).toString("base64"),
  };
  const secret = { kind: "Secret", metadata: { namespace: "shop", name: "pg", resourceVersion: "1" }, data };
  const peer = await startPeer((response, { path }) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(path.includes("/secrets/") ? secret : SINK));
  });
  const [clock, log] = [fastClock(50), memoryLog()];
  const transport = createTransport({ connection: connectionTo(peer.url), clock, log, userAgent: "test" });
  cleanups.push(() => transport.close(), peer.stop);
  const cluster = createCluster({ transport, clock, log, reporter: { controller: "x", instance: "x" } });
  const planOptions = { ambientCredentials: false };
  const found = await resolveSink(
    TARGET,
    { cluster, probeFor, sharedSecrets: [], planOptions },
    new AbortController().signal,
  );
  return { found, reads: peer.received.length, log: log.lines.join("\n") };
}

describe("a Secret", () => {
  it("of the size of a large CA bundle is read", async () => {
    const { found } = await resolution(300 * 1024);
    expect(found.failure).toBeUndefined();
    expect(found.ready?.plan.endpoint).toBe("db:5432");
  });

  it("that is too large is refused once, with a cause that names it", async () => {
    const { found, reads, log } = await resolution(900 * 1024);
    expect(found.failure).toMatchObject({ reason: "SecretResolveFailed", cause: "SecretValueInvalid" });
    expect(found.failure?.message).toMatch(/^Secret pg, which spec\.postgres\.databaseRef names, is larger/);
    expect(found.missing).toBeUndefined();
    expect(reads).toBe(2);
    expect(JSON.stringify(found.failure) + log).not.toContain(CANARY);
  });
});
