import { describe, expect, it } from "vitest";
import { waitUntil } from "../../../lab/control-plane/wait";
import { samples } from "../scene/records";
import type { Scene } from "../scene/scene";
import { blackHole } from "../../../lab/faults";

/** Every series that the operator shows of its own, with the labels of its samples. */
const SERIES: Readonly<Record<string, readonly string[]>> = {
  kollect_sink_connection_test_total: ["result", "type"],
  kollect_connection_test_duration_seconds_count: ["result", "type"],
  kollect_connection_test_phase_duration_seconds_count: ["phase", "type"],
  kollect_connection_test_wait_seconds_count: [],
  kollect_connection_tests_running: [],
  kollect_connection_tests_waiting: [],
  kollect_connection_tests_shared_total: [],
  kollect_connection_tests_deleted_total: [],
};

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
      const names = [...text.matchAll(/^(kollect_\w+?)(?:\{(.*)\})? \S+$/gm)];
      const found = names.filter(([, name = ""]) => !/_(bucket|sum)$/.test(name));
      expect(new Set(found.map(([, name]) => name))).toEqual(new Set(Object.keys(SERIES)));
      for (const [, name = "", labels = ""] of found) {
        const keys = [...labels.matchAll(/(\w+)="/g)].map(([, key]) => key).sort();
        expect(keys, name).toEqual(SERIES[name]);
      }
      const values = names.flatMap(([, , labels = ""]) => [
        ...labels.matchAll(/(type|result|phase)="([^"]*)"/g),
      ]);
      const words = new Set(values.map(([, , word]) => word));
      const closed = [
        "postgres",
        "unknown",
        "success",
        "failure",
        "Resolve",
        "Connect",
        "TLS",
        "Authenticate",
        "Verify",
        "Authorize",
      ];
      expect([...words].filter((word) => !closed.includes(word ?? ""))).toEqual([]);
    });
  });
}
