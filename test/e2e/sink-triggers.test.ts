import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Condition } from "../../capabilities/api/types";
import { SINK_MARKER } from "../../capabilities/domain/sinks/marker";
import { inventoryTable } from "../../lab/backends/postgres-table";
import { waitUntil } from "../../lab/control-plane/wait";
import { OPERATOR_USER } from "./scene/api-audit";
import { judge } from "./scene/gitops-checks";
import { auditRecords } from "./scene/records";
import { untilInEffect } from "./scene/grant";
import { blackHole } from "../../lab/faults";
import { startPostgres, type PostgresServer } from "../../lab/servers/postgres/server";
import { ROOT, startStage, type Stage } from "../../lab/stage";

const SINKS = "/apis/kollect.dev/v1alpha1/namespaces/default/kollectdatabasesinks";
const ANNOTATION = "kollect.dev/test-connection";

interface SinkObject {
  metadata: {
    generation: number;
    annotations?: Record<string, string>;
    managedFields?: { manager: string }[];
  };
  status?: { conditions?: Condition[] };
}

let stage: Stage;
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql(inventoryTable("inventory"));
  stage = await startStage({
    env: {
      KOLLECT_SINK_TRIGGERS: "true",
      KOLLECT_SINK_TRIGGER_MIN_INTERVAL_SECONDS: "60",
      KOLLECT_GRACE_SECONDS: "0",
    },
  });
  await stage.kubectl(["apply", "-f", join(ROOT, "config/rbac/operator-sink-triggers.yaml")]);
  const right = { namespace: "default", verb: "patch", resource: "kollectdatabasesinks/status" };
  await untilInEffect(stage.api, { user: OPERATOR_USER, ...right }, true);
  await secret("pg", postgres.superuser.password);
});

afterAll(async () => {
  await stage?.stop();
  await postgres?.stop();
});

async function secret(name: string, password: string, port = postgres.port): Promise<void> {
  const dsn = `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`;
  await apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
    stringData: { dsn },
  });
}

async function apply(object: object): Promise<void> {
  await stage.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
}

async function sink(
  name: string,
  options: { annotations?: Record<string, string>; connectionTest?: boolean; from?: string },
): Promise<void> {
  await apply({
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata: { name, namespace: "default", annotations: options.annotations ?? {} },
    spec: {
      type: "postgres",
      connectionTest: options.connectionTest ?? false,
      postgres: { databaseRef: { name: options.from ?? "pg" }, table: "inventory" },
    },
  });
}

async function read(name: string): Promise<SinkObject> {
  return (await stage.api.request({ method: "GET", path: `${SINKS}/${name}` })) as SinkObject;
}

function verified({ status }: SinkObject): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "ConnectionVerified");
}

/** Waits until the sink looks as wanted, and returns it. */
async function eventually(name: string, wanted: (object: SinkObject) => boolean): Promise<SinkObject> {
  return waitUntil({ timeoutMs: 20_000, what: `what was expected of sink ${name}` }, async () => {
    const object = await read(name);
    return wanted(object) ? object : undefined;
  });
}

describe("spec.connectionTest", () => {
  it("probes every generation once and writes the conditions beside another manager's", async () => {
    await sink("always", { connectionTest: true });
    const first = await eventually("always", (object) => verified(object)?.status === "True");
    expect(verified(first)).toMatchObject({ reason: "ConnectionOK", observedGeneration: 1 });
    expect(first.status?.conditions?.map(({ type }) => type).sort()).toEqual([
      "ConnectionVerified",
      "TLSInsecure",
    ]);

    const exporter = {
      type: "Exported",
      status: "True",
      reason: "Done",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await stage.api.request({
      method: "PATCH",
      path: `${SINKS}/always/status?fieldManager=exporter`,
      contentType: "application/apply-patch+yaml",
      body: {
        apiVersion: "kollect.dev/v1alpha1",
        kind: "KollectDatabaseSink",
        metadata: { name: "always" },
        status: { conditions: [exporter] },
      },
    });
    await secret("pg", "wrong");
    await stage.kubectl(["patch", "kdb", "always", "--type=merge", "-p", '{"spec":{"cluster":"b"}}']);
    const second = await eventually("always", (object) => verified(object)?.observedGeneration === 2);
    expect(verified(second)).toMatchObject({ status: "False", reason: "ConnectionTestFailed" });
    expect(second.status?.conditions?.map(({ type }) => type)).toContain("Exported");
    await secret("pg", postgres.superuser.password);
  });
});

describe("what GitOps tools make of a sink with connectionTest", () => {
  const said = async (object: object): Promise<(string | undefined)[]> => {
    const { said: words } = await judge({ now: object });
    return words[0]?.slice(1, 3) as (string | undefined)[];
  };

  it("is never an old verdict", async () => {
    await sink("gated", { connectionTest: true });
    const works = await eventually("gated", (object) => verified(object)?.status === "True");
    expect(await said(works)).toEqual(["Healthy", "Current"]);

    await secret("pg", "wrong");
    await stage.kubectl(["patch", "kdb", "gated", "--type=merge", "-p", '{"spec":{"cluster":"b"}}']);
    const failed = await eventually("gated", (object) => verified(object)?.status === "False");
    await secret("pg", postgres.superuser.password);
    expect(await said(failed)).toEqual(["Degraded", "Failed"]);

    // As the API server shows it between the write of a new spec and its verdict.
    const changed = { ...works, metadata: failed.metadata, spec: (failed as { spec?: object }).spec };
    expect(await said(changed)).toEqual(["Progressing", "InProgress"]);

    // Without a status Flux cannot evaluate its expressions, and asks again until its timeout.
    const { status: _none, ...created } = failed;
    expect(await said(created)).toEqual(["Progressing", undefined]);
  });

  it("is done without a verdict when the sink asks for none", async () => {
    await sink("quiet", {});
    expect(await said(await read("quiet"))).toEqual(["Healthy", "Current"]);
  });
});

describe("the annotation test-connection", () => {
  it("probes once, is removed, and starts no loop when it is put back", async () => {
    await sink("once", { annotations: { [ANNOTATION]: "true" } });
    const done = await eventually(
      "once",
      (object) => object.metadata.annotations?.[ANNOTATION] === undefined,
    );
    expect(verified(done)).toMatchObject({ status: "True", observedGeneration: 1 });
    const lines = auditRecords(stage.operator.watcher.logFile);
    expect(lines.filter((line) => line.sink?.name === "once")).toMatchObject([
      {
        ...{ trigger: "SinkAnnotation", test: null, outcome: "Completed", verdict: "True" },
        sink: { kind: "KollectDatabaseSink", namespace: "default", generation: 1 },
        secrets: [{ namespace: "default", name: "pg" }],
        endpoint: `127.0.0.1:${postgres.port}`,
      },
    ]);

    const probes = await probeCount();
    await stage.kubectl(["annotate", "kdb", "once", `${ANNOTATION}=true`]);
    await sink("after", { annotations: { [ANNOTATION]: "true" } });
    await eventually("after", (object) => object.metadata.annotations?.[ANNOTATION] === undefined);
    expect((await read("once")).metadata.annotations?.[ANNOTATION]).toBe("true");
    expect(await probeCount()).toBe(probes + 1);
  });
});

it("is disabled where another field manager owns ConnectionVerified", async () => {
  await sink("taken", {});
  const theirs = {
    type: "ConnectionVerified",
    status: "Unknown",
    reason: "Theirs",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  await stage.api.request({
    method: "PATCH",
    path: `${SINKS}/taken/status?fieldManager=kollect`,
    contentType: "application/apply-patch+yaml",
    body: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "taken" },
      status: { conditions: [theirs] },
    },
  });
  await sink("taken", { connectionTest: true });
  await sink("later", { connectionTest: true });
  await eventually("later", (object) => verified(object)?.status === "True");
  expect(verified(await read("taken"))).toMatchObject({ reason: "Theirs", status: "Unknown" });
});

it("is not probed a third time without a pause when the process ended twice in the probe", async () => {
  const silent = await blackHole();
  try {
    await secret("silent", "any", silent.port);
    await sink("silent", { connectionTest: true, from: "silent" });
    const { watcher } = stage.operator;
    for (const reason of ["Probing", "ProbingAfter1"]) {
      await eventually("silent", ({ status }) =>
        Boolean(status?.conditions?.some((each) => each.type === SINK_MARKER && each.reason === reason)),
      );
      watcher.kill("SIGKILL");
      await watcher.exited;
      await watcher.restart();
    }
    await sink("beside", { connectionTest: true });
    await eventually("beside", (object) => verified(object)?.status === "True");
    expect(silent.seen()).toBe(2);
  } finally {
    await silent.close();
  }
});

/** Verdicts so far, by the operator's own metric. */
async function probeCount(): Promise<number> {
  const lines = (await stage.operator.watcher.metrics()).split("\n");
  const counts = lines.filter((line) => line.startsWith("kollect_sink_connection_test_total{"));
  return counts.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
