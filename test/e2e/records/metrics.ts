import { describe, expect, it } from "vitest";
import { waitUntil } from "../../../lab/control-plane/wait";
import { CAUSES, FAILURE_REASONS, PHASES, SINK_TYPES } from "../../../capabilities/api/vocabulary";
import { METRICS, type Metric } from "../../../capabilities/records/metric-table";
import { samples } from "../scene/records";
import type { Scene } from "../scene/scene";
import { blackHole } from "../../../lab/faults";

/** Every metric that has no name of a sink, with its labels. */
const SERIES = new Map(
  Object.values<Metric>(METRICS)
    .filter(({ named }) => !named)
    .map(({ name, labels }) => [name, [...labels].sort()]),
);

const CLOSED: ReadonlySet<string> = new Set([
  ...SINK_TYPES,
  ...PHASES,
  ...FAILURE_REASONS,
  ...CAUSES,
  ...["unknown", "success", "failure", "quick", "slow", "GET", "POST", "PATCH", "DELETE"],
]);

export function metrics(scene: () => Scene): void {
  describe("the metrics of the watcher", () => {
    const read = (): Promise<string> => scene().stage.operator.watcher.metrics();
    const value = async (name: string, labels = ""): Promise<number> =>
      samples(await read(), name).get(labels) ?? 0;
    const until = (name: string, labels: string, wanted: number): Promise<true> =>
      waitUntil(
        { what: `${name}{${labels}} ${wanted}`, timeoutMs: 30_000 },
        async () => (await value(name, labels)) === wanted || undefined,
      );

    it("count verdicts, shared ones and deletions, and time probes, phases and waits", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      await scene().sink(namespace, "denied", { password: "not-the-password" });

      await scene().verdict(await scene().test(namespace, { name: "good" }));
      await scene().verdict(await scene().test(namespace, { name: "bad", sink: "denied" }));
      await scene().verdict(await scene().test(namespace, { name: "missing", sink: "absent" }));
      const spec = { ttlSecondsAfterFinished: 0 };
      await scene().deletion(await scene().test(namespace, { name: "short", spec }));

      const total = "kollect_sink_connection_test_total";
      await until(total, 'type="postgres",result="success"', 2);
      await until(total, 'type="postgres",result="failure"', 1);
      await until(total, 'type="unknown",result="failure"', 1);
      await until("kollect_connection_tests_deleted_total", "", 1);
      const text = await read();
      expect(samples(text, "kollect_connection_test_wait_seconds_count").get("")).toBe(4);
      const durations = samples(text, "kollect_connection_test_duration_seconds_count");
      expect(durations.get('type="postgres",result="success"')).toBe(2);
      const phases = samples(text, "kollect_connection_test_phase_duration_seconds_count");
      expect(phases.get('type="postgres",phase="Authenticate"')).toBe(3);
      expect(phases.get('type="postgres",phase="Authorize"')).toBe(2);
      expect(
        samples(text, "kollect_connection_test_duration_seconds_sum").get('type="postgres",result="success"'),
      ).toBeGreaterThan(0);
    });

    it("show what runs and what waits", async () => {
      const [namespace, silent] = await Promise.all([scene().namespace(), blackHole()]);
      try {
        await scene().sink(namespace, "silent", { port: silent.port });
        const before = await value("kollect_connection_tests_shared_total");
        const draft = { sink: "silent", spec: { timeoutSeconds: 60 } };
        // Two of one sink may run, so those that come while they do have to wait together.
        for (const name of ["first", "second"]) {
          const test = await scene().test(namespace, { name, ...draft });
          await scene().state(test, "the progress", ({ status }) => status?.completed === false);
        }
        const last = await Promise.all(
          ["third", "fourth"].map((name) => scene().test(namespace, { name, ...draft })),
        );

        await until("kollect_connection_tests_running", "", 2);
        await until("kollect_connection_tests_waiting", "", 2);
        // Those that run fail when the sink hangs up, and the others when nothing listens there.
        await silent.close();
        for (const test of last) await scene().verdict(test);
        await until("kollect_connection_tests_running", "", 0);
        await until("kollect_connection_tests_waiting", "", 0);
        await until("kollect_connection_tests_shared_total", "", before + 2);
      } finally {
        await silent.close();
      }
    });

    it("have no labels but closed words, beside the framework's own", async () => {
      const text = await read();

      expect(text).toMatch(/^pepr_/m);
      const lines = [...text.matchAll(/^(kollect_\w+?)(?:_(?:bucket|sum|count))?(?:\{(.*)\})? \S+$/gm)];
      for (const [line, name = "", labels = ""] of lines) {
        const keys = [...labels.matchAll(/(\w+)="/g)].map(([, key]) => key).filter((key) => key !== "le");
        expect(keys.sort(), line).toEqual(SERIES.get(name));
      }
      const shown = new Set(lines.map(([, name]) => name));
      // These have no sample before a verdict has one of their words.
      const rare = ["kollect_connection_test_unproven_total", "kollect_connection_test_limitations_total"];
      expect([...SERIES.keys()].filter((name) => !shown.has(name) && !rare.includes(name))).toEqual([]);
      const values = lines.flatMap(([, , labels = ""]) => [
        ...labels.matchAll(/(?:type|result|phase|cause|lane|method)="([^"]*)"/g),
      ]);
      const words = new Set(values.map(([, word = ""]) => word));
      expect([...words].filter((word) => !CLOSED.has(word))).toEqual([]);
    });
  });
}
