import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { operatorRequests, type AuditedRequest } from "../scene/api-audit";
import { auditRecords } from "../scene/records";
import type { Scene } from "../scene/scene";
import { blackHole, faultServer, refusedPort } from "../../../lab/faults";

const STATUS = "patch kollectconnectiontests/status";

export function statusWrites(scene: () => Scene): void {
  describe.concurrent("writes of the status", () => {
    /** What the operator changed in a namespace until a further test there came to its end. */
    const changes = async (namespace: string): Promise<string[]> => {
      await scene().sink(namespace, "barrier");
      await scene().verdict(await scene().test(namespace, { name: "barrier", sink: "barrier" }));
      const isChange = ({ verb, name }: AuditedRequest): boolean =>
        !["get", "list", "watch"].includes(verb) && !name.startsWith("barrier");
      return operatorRequests(scene().stage.cluster)
        .filter((request) => request.namespace === namespace && isChange(request))
        .map(({ verb, resource }) => `${verb} ${resource}`);
    };
    const states = ({ metadata }: KollectConnectionTest): KollectConnectionTest[] =>
      scene()
        .watch.of(metadata.uid)
        .map(({ test }) => test);

    it("are not needed to say that a test waits", async () => {
      const test = await scene().test(await scene().namespace());

      const pending = { status: "Unknown", reason: "Pending", lastTransitionTime: "1970-01-01T00:00:00Z" };
      expect(test.status).toMatchObject({
        observedGeneration: -1,
        conditions: [
          { type: "ConnectionVerified", ...pending },
          { type: "Ready", ...pending },
          { type: "Finished", ...pending },
        ],
      });
      expect(test.status?.completed).toBeUndefined();
    });

    it("are one for a run that is over within 500 ms, and nothing else is written before it", async () => {
      const quick = await waitUntil({ what: "a run within 500 ms", timeoutMs: 60_000 }, async () => {
        const namespace = await scene().namespace();
        await scene().sink(namespace, "orders");
        const test = await scene().verdict(await scene().test(namespace));
        // A busy machine may make a run slow; then another one is looked at.
        return (await runMs(scene(), test)) < 450 ? test : undefined;
      });

      expect(states(quick)).toHaveLength(2);
      const [first, ...others] = await changes(quick.metadata.namespace);
      expect(first).toBe(STATUS);
      expect(others.filter((change) => !change.includes("events"))).toEqual([]);
    });

    it("tell of progress when a run is not over after 500 ms", async () => {
      const namespace = await scene().namespace();
      const silent = await blackHole();
      try {
        await scene().sink(namespace, "orders", { port: silent.port });
        const before = Date.now();
        const test = await scene().test(namespace, { spec: { timeoutSeconds: 1 } });

        const { status } = await scene().verdict(test);

        expect(status?.probe).toMatchObject({ cause: "TimedOut", endpoint: `127.0.0.1:${silent.port}` });
        const [, probing, final, ...more] = scene().watch.of(test.metadata.uid);
        expect(probing?.test.status).toMatchObject({ completed: false, observedGeneration: -1, attempts: 1 });
        expect(progressOf(probing?.test)).toEqual([
          "Unknown Probing",
          "Unknown Probing",
          "False Probing",
          "True Probing",
        ]);
        expect((probing?.at ?? 0) - before).toBeGreaterThanOrEqual(490);
        expect(final?.test.status?.completed).toBe(true);
        expect(more).toEqual([]);
      } finally {
        await silent.close();
      }
    });

    it("tell of the backoff before a further attempt, which may succeed", async () => {
      const namespace = await scene().namespace();
      const { host, port } = scene().postgres;
      const flaky = await faultServer((socket) => {
        if (flaky.seen() === 1) return void socket.resetAndDestroy();
        socket.pipe(connect({ host, port }).on("error", () => socket.destroy())).pipe(socket);
      });
      try {
        await scene().sink(namespace, "orders", { port: flaky.port });

        const test = await scene().verdict(await scene().test(namespace, { spec: { retryLimit: 2 } }));

        expect(test.status?.attempts).toBe(2);
        expect(test.status?.conditions?.[0]).toMatchObject({ status: "True", reason: "ConnectionOK" });
        const backoff = states(test)[1];
        expect(progressOf(backoff)).toEqual([
          "Unknown Probing",
          "Unknown Probing",
          "False RetryBackoff",
          "True RetryBackoff",
        ]);
        expect(backoff?.status?.conditions?.[0]?.message).toMatch(
          /Attempt 1 failed: .* It will be tried again\./,
        );
      } finally {
        await flaky.close();
      }
    });

    it("count every attempt up to retryLimit, and a failure that cannot pass by itself is not tried again", async () => {
      const namespace = await scene().namespace();
      const { port } = await refusedPort();
      await scene().sink(namespace, "orders", { port });
      const other = await scene().namespace();
      await scene().sink(other, "orders", { password: "not-the-password" });

      const [refused, denied] = await Promise.all([
        scene().test(namespace, { spec: { retryLimit: 1 } }),
        scene().test(other, { spec: { retryLimit: 3 } }),
      ]);

      const tried = await Promise.all([refused, denied].map((test) => scene().verdict(test)));
      expect(tried.map(({ status }) => status?.attempts)).toEqual([2, 1]);
      expect(tried.map(({ status }) => status?.probe?.cause)).toEqual([
        "ConnectionRefused",
        "AuthenticationFailed",
      ]);
    });

    it("clear the old result for a re-run before the new one is known", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const first = await scene().verdict(await scene().test(namespace));

      const again = await scene().verdict(await scene().objects.patch(first, { spec: { retryLimit: 1 } }));

      const [progress, ...later] = states(first).filter(
        ({ metadata, status }) => metadata.generation === 2 && status?.probeId !== first.status?.probeId,
      );
      expect(progress?.status).toMatchObject({ completed: false, observedGeneration: 1 });
      for (const member of ["completedAt", "latencyMs", "sink", "probe", "probeId", "sharedBy"]) {
        expect(progress?.status, member).not.toHaveProperty(member);
      }
      expect(progressOf(progress)?.at(-1)).toBe("True Probing");
      expect(later.at(-1)?.status).toEqual(again.status);
    });
  });
}

/** How long the run took from its start to its outcome, by the audit record. */
function runMs({ stage }: Scene, test: KollectConnectionTest): Promise<number> {
  const wait = { what: `the audit record of ${test.metadata.name}`, timeoutMs: 30_000 };
  return waitUntil(wait, () => {
    const records = auditRecords(stage.operator.watcher.logFile);
    const found = records.find((record) => record.test.uid === test.metadata.uid);
    const ms = found && Date.parse(String(found.completedAt)) - Date.parse(String(found.startedAt));
    return Promise.resolve(ms);
  });
}

/** Status and reason of the conditions ConnectionVerified, Ready, Finished and Reconciling, if these are all. */
function progressOf(test: KollectConnectionTest | undefined): string[] | undefined {
  const conditions = test?.status?.conditions ?? [];
  const types = conditions.map(({ type }) => type).join();
  if (types !== "ConnectionVerified,Ready,Finished,Reconciling") return undefined;
  return conditions.map(({ status, reason }) => `${status} ${reason}`);
}
