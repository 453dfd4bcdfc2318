import { describe, expect, it } from "vitest";
import type { ConnectionTestStatus } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { failed } from "../../../capabilities/domain/failure";
import type { Outcome, Progress } from "../../../capabilities/domain/outcome";
import type { WriteResult } from "../../../capabilities/domain/ports";
import { StatusWriter, writeWhatTheCrdTakes } from "../../../capabilities/scheduler/status-writer";
import { makeTest } from "../../fixtures/make-test";
import { fastClock, memoryLog } from "../kube/http/peer";

const { failure } = failed("UnsupportedByExporter", "Exports would fail.");
const OUTCOME: Outcome = {
  ...{
    probeId: "p-1",
    startedAt: 0,
    completedAt: 60_000,
    attempts: 1,
    waitedMs: 0,
    sharedBy: 1,
    secrets: [],
  },
  report: { endpoint: "db:5432", phases: [], latencyMs: 1 },
  failure,
};
const progress = (message: string): Progress => ({ reason: "Probing", attempts: 1, message, startedAt: 0 });
const refused = new ClusterError("patch", 422, "Invalid", "unknown field");

/** A cluster that notes each write; they come to `results`, one after the other, and an error is thrown. */
function recordingCluster(results: readonly (WriteResult | Error)[]) {
  const written: ConnectionTestStatus[] = [];
  const writeStatus = (_ref: object, status: ConnectionTestStatus): Promise<WriteResult> => {
    written.push(status);
    const result = results[written.length - 1] ?? "written";
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  return { written, cluster: { writeStatus } };
}

/** A writer of the same, whose clock goes on by a second each time that it is asked. */
function setUp(results: readonly (WriteResult | Error)[] = []) {
  const { written, cluster } = recordingCluster(results);
  const log = memoryLog();
  const abort = new AbortController();
  let now = 0;
  const clock = { ...fastClock(1000), now: () => (now += 1_000) };
  const about = { requestedBy: "jane", interruptions: 0 };
  return {
    writer: new StatusWriter(makeTest(), about, { cluster, clock, log }, abort.signal),
    ...{ written, log, abort },
  };
}

const messages = (written: readonly ConnectionTestStatus[]): (string | undefined)[] =>
  written.map(({ conditions }) => conditions?.[0]?.message);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("progress", () => {
  it("is written one at a time, and only the last of what came meanwhile", async () => {
    const { writer, written } = setUp();
    for (const message of ["one", "two", "three"]) writer.progress(progress(message));
    await turn();
    writer.progress(progress("four"));
    await turn();
    expect(messages(written)).toEqual(["three", "four"]);
  });

  it("is not written when the verdict has come, and the verdict waits for what is being written", async () => {
    const { writer, written } = setUp();
    writer.progress(progress("one"));
    await turn();
    writer.progress(progress("two"));
    expect(await writer.verdict(OUTCOME)).toBe("written");
    expect(messages(written)).toEqual(["one", "Exports would fail."]);
  });

  it("is not written for a run that was aborted", async () => {
    const { writer, written, abort } = setUp();
    writer.progress(progress("one"));
    abort.abort(new Error("gone"));
    await turn();
    expect(written).toEqual([]);
  });

  it("that cannot be written is logged once, and the verdict follows", async () => {
    const { writer, written, log } = setUp([new ClusterError("patch", 403, "Forbidden", "no")]);
    writer.progress(progress("one"));
    await turn();
    expect(await writer.verdict(OUTCOME)).toBe("written");
    expect(written).toHaveLength(2);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(
      /^warn progress was not written .*"namespace":"shop","name":"probe".*patch: no/,
    );
  });

  it("that fails because the run was aborted is not logged", async () => {
    const { writer, written, abort, log } = setUp([new ClusterError("patch", 403, "Forbidden", "no")]);
    writer.progress(progress("one"));
    await Promise.resolve();
    expect(written).toHaveLength(1);
    abort.abort(new Error("gone"));
    await turn();
    expect(log.lines).toEqual([]);
  });

  it.each([
    ["written", "kept"],
    ["superseded", "new"],
  ] as const)("that is %s gives the next one conditions whose time is %s", async (result, time) => {
    const { writer, written } = setUp([result]);
    writer.progress(progress("one"));
    await turn();
    writer.progress(progress("two"));
    await turn();
    const [first, second] = written.map(({ conditions }) => conditions?.[0]?.lastTransitionTime);
    expect(first === second ? "kept" : "new").toBe(time);
  });
});

describe("a verdict", () => {
  const unavailable = new ClusterError("patch", 503, "ServiceUnavailable", "try again");

  it("is written again until the API server can serve it", async () => {
    const { writer, written } = setUp([unavailable, unavailable]);
    expect(await writer.verdict(OUTCOME)).toBe("written");
    expect(written).toHaveLength(3);
  });

  it("is no longer repeated when its run ends", async () => {
    const { writer, written, abort } = setUp([unavailable]);
    const verdict = writer.verdict(OUTCOME);
    abort.abort(new Error("the run ended"));
    await expect(verdict).rejects.toThrow("the run ended");
    expect(written.length).toBeLessThanOrEqual(1);
  });

  it("is not repeated when the API server refuses it for good", async () => {
    const { writer, written } = setUp([new ClusterError("patch", 403, "Forbidden", "no")]);
    await expect(writer.verdict(OUTCOME)).rejects.toThrow("patch: no");
    expect(written).toHaveLength(1);
  });
});

describe("a CRD that refuses parts of the status", () => {
  const log = memoryLog();
  const write = async (results: readonly (WriteResult | Error)[]) => {
    const { written, cluster } = recordingCluster(results);
    const ref = { namespace: "shop", name: "probe", uid: "uid-1", generation: 1 };
    const status: ConnectionTestStatus = {
      ...{ completed: true, requestedBy: "jane" },
      probe: { endpoint: "db:5432", cause: "UnsupportedByExporter" },
    };
    await writeWhatTheCrdTakes({ cluster, log }, ref, status, new AbortController().signal);
    return written;
  };

  it("gets the next smaller status each time, the page's fields at last", async () => {
    expect(await write([])).toHaveLength(1);
    expect((await write([refused])).map(({ probe }) => probe?.cause)).toEqual([
      "UnsupportedByExporter",
      "InvalidConfiguration",
    ]);
    expect((await write([refused, refused])).at(-1)).toEqual({ completed: true });
  });

  it("is logged for debugging with the test, each time that it refuses a status", async () => {
    log.lines.length = 0;
    await write([refused, refused]);
    expect(log.lines.map((line) => /"name":"probe".*unknown field.*"index":(\d)/.exec(line)?.[1])).toEqual([
      "0",
      "1",
    ]);
    expect(log.lines[0]).toMatch(/^debug the installed CRD refuses parts of the status /);
  });

  it("gets none after another error, and none after the last", async () => {
    const forbidden = new ClusterError("patch", 403, "Forbidden", "no");
    await expect(write([forbidden])).rejects.toBe(forbidden);
    await expect(write([refused, refused, refused])).rejects.toBe(refused);
  });
});
