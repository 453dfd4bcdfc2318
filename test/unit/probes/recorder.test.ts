import { describe, expect, it } from "vitest";
import { MAX_UNPROVEN, NEEDS } from "../../../capabilities/api/vocabulary";
import { NotPermittedToAsk, phaseIfPermitted } from "../../../capabilities/probes/not-permitted";
import { createRecorder, type AttemptRecorder } from "../../../capabilities/probes/recorder";

/** A clock that only moves when a test says so. */
function recording(): { recorder: AttemptRecorder; takes: (ms: number) => Promise<void> } {
  let now = 1000;
  const recorder = createRecorder(() => now);
  return {
    recorder,
    takes: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

const FAILURE = { reason: "ConnectionTestFailed", cause: "TLSFailed", message: "no" } as const;
const fails = (): Promise<never> => Promise.reject(new Error("no"));

describe("recorder", () => {
  it("reports phases in the contract's order with whole milliseconds", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("Verify", () => takes(2.6));
    await recorder.phase("Resolve", () => takes(1));
    recorder.passed("Connect", 7.4);
    expect(recorder.report("db:1").phases).toEqual([
      { name: "Resolve", result: "Passed", latencyMs: 1 },
      { name: "Connect", result: "Passed", latencyMs: 7 },
      { name: "Verify", result: "Passed", latencyMs: 3 },
    ]);
  });

  it("adds up a phase that runs more than once; the last result counts in a failure", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("Connect", () => takes(5).then(fails)).catch(() => undefined);
    await recorder.phase("Connect", () => takes(3));
    await recorder.phase("TLS", () => takes(1));
    await recorder.phase("TLS", () => takes(1).then(fails)).catch(() => undefined);
    expect(recorder.report("db:1", FAILURE).phases).toEqual([
      { name: "Connect", result: "Passed", latencyMs: 8 },
      { name: "TLS", result: "Failed", latencyMs: 2 },
    ]);
  });

  it.each([
    [
      "of the furthest connection, when another one failed earlier",
      ["Authenticate", "Connect"],
      "Authenticate",
    ],
    ["of a later connection, after a login that passed", ["Connect"], "Connect"],
  ] as const)("reports the failure %s, and nothing as passed after it", async (_what, failing, furthest) => {
    const { recorder, takes } = recording();
    const all = ["Resolve", "Connect", "TLS", "Authenticate"] as const;
    for (const name of all) await recorder.phase(name, () => takes(1));
    for (const name of failing) await recorder.phase(name, () => takes(1).then(fails)).catch(() => undefined);
    const { phases } = recorder.report("db:1", FAILURE);
    const at = all.indexOf(furthest);
    expect(phases.map(({ result }) => result)).toEqual(
      all.map((_, index) => (index < at ? "Passed" : index === at ? "Failed" : "Skipped")),
    );
    expect(phases.every(({ result, why }) => (result === "Skipped") === (why !== undefined))).toBe(true);
  });

  it("reports no failed phase in a success, when a question broke that it did not depend on", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("TLS", () => takes(1));
    await recorder.phase("TLS", () => takes(1).then(fails)).catch(() => undefined);
    expect(recorder.report("db:1").phases).toEqual([{ name: "TLS", result: "Passed", latencyMs: 2 }]);
  });

  it("passes the value and the error of a phase on", async () => {
    const { recorder } = recording();
    expect(await recorder.phase("Verify", () => Promise.resolve(42))).toBe(42);
    await expect(recorder.phase("Verify", fails)).rejects.toThrow("no");
  });

  it("takes a skip in place of a failure, not of a pass", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("TLS", fails).catch(() => undefined);
    recorder.skipped("TLS", "the server does not offer TLS");
    await recorder.phase("Authorize", () => takes(1));
    recorder.skipped("Authorize", "no");
    expect(recorder.report("db:1").phases).toEqual([
      { name: "TLS", result: "Skipped", why: "the server does not offer TLS" },
      { name: "Authorize", result: "Passed", latencyMs: 1 },
    ]);
  });

  it("measures from the first phase to the end of the last one", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("Connect", () => takes(10));
    await takes(5);
    await recorder.phase("Verify", () => takes(20));
    await takes(1000);
    expect(recorder.report("db:1").latencyMs).toBe(35);
  });

  it("keeps the first peer and version, and the worst of the insecurities", () => {
    const { recorder } = recording();
    recorder.tls({ version: "TLSv1.3" });
    recorder.tls({ version: "TLSv1.2" });
    recorder.serverVersion("18.4");
    recorder.serverVersion("9");
    recorder.insecure("PlainText");
    recorder.insecure("VerificationSkipped");
    expect(recorder.report("db:1")).toMatchObject({
      tls: { version: "TLSv1.3" },
      serverVersion: "18.4",
      insecure: "PlainText",
    });
  });

  it("notes each need once and each limitation with each of its effects, in a bounded list", () => {
    const recorder = createRecorder(() => 0);
    recorder.unproven("s3:PutObject", "NotAnswered", "first\nline");
    recorder.unproven("s3:PutObject", "OnlyAWriteTells", "second");
    for (const need of NEEDS) recorder.unproven(need, "NotAnswered", "x");
    recorder.limited("RegionIgnored");
    recorder.limited("RegionIgnored");
    recorder.limited("RegionIgnored", "fails");
    const report = recorder.report("e");
    expect(report.unproven?.[0]).toEqual({ need: "s3:PutObject", kind: "NotAnswered", why: "first line" });
    expect(report.unproven).toHaveLength(MAX_UNPROVEN);
    expect(report.limited).toEqual([{ id: "RegionIgnored" }, { id: "RegionIgnored", effect: "fails" }]);
    expect(createRecorder(() => 0).report("e")).not.toHaveProperty("unproven");
  });

  it("counts a running phase as failed, and takes nothing more after the report", async () => {
    const { recorder, takes } = recording();
    let finish = (): void => undefined;
    const running = recorder.phase("Authenticate", () => new Promise<void>((resolve) => (finish = resolve)));
    await takes(9);
    expect(recorder.running()).toBe("Authenticate");
    const report = recorder.report("db:1");
    expect(report.phases).toEqual([{ name: "Authenticate", result: "Failed", latencyMs: 9 }]);
    finish();
    await running;
    recorder.passed("Verify", 1);
    recorder.skipped("Authorize", "late");
    recorder.insecure("PlainText");
    expect(recorder.report("db:1").phases).toEqual(report.phases);
    expect(recorder.report("db:1").insecure).toBeUndefined();
  });

  it("never reports negative times when the clock is set back", async () => {
    const { recorder, takes } = recording();
    await recorder.phase("Connect", () => takes(-500));
    const { latencyMs, phases } = recorder.report("db:1");
    expect(latencyMs).toBe(0);
    expect(phases[0]?.latencyMs).toBe(0);
  });

  it.each([
    ["18.4", "18.4"],
    ["18.4 (Debian 18.4-1.pgdg120+1)", "18.4"],
    ["16beta1", "16beta1"],
    ["git/2.39.5", "2.39.5"],
    ["v1.8.0-rc.1", "1.8.0-rc.1"],
    ["18\n\u202ehunter22", "18"],
    ["none", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ])("takes of the version %j only %j", (text, version) => {
    const { recorder } = recording();
    recorder.serverVersion(text);
    expect(recorder.report("db:1").serverVersion).toBe(version);
  });
});

describe("phaseIfPermitted", () => {
  it("turns being refused our question into a skipped phase", async () => {
    const { recorder } = recording();
    const ask = (): Promise<never> => Promise.reject(new NotPermittedToAsk());
    expect(await phaseIfPermitted(recorder, "Authorize", ask)).toBeUndefined();
    expect(recorder.report("db:1").phases).toEqual([
      { name: "Authorize", result: "Skipped", why: "not permitted to ask" },
    ]);
  });
  it("passes answers and other errors on", async () => {
    const { recorder } = recording();
    expect(await phaseIfPermitted(recorder, "Authorize", () => Promise.resolve("yes"))).toBe("yes");
    await expect(phaseIfPermitted(recorder, "Authorize", fails)).rejects.toThrow("no");
  });
});
