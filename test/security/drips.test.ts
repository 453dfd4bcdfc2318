import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, it, vi } from "vitest";
import type { Cause, SinkType } from "../../capabilities/api/vocabulary";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase } from "../../lab/backends/run-case";
import { faultServer, type Fault } from "../../lab/faults";
import { caseAt, planAt } from "./sinks";

const TIMEOUT_MS = 400;
const MAX_LATE_MS = 250;
const EVERY_MS = 10;

const OK = "HTTP/1.1 200 OK\r\n";
const WEB_TYPES = ["git", "gitlab", "s3", "gcs", "bigquery"] as const;

/** What a server begins with, an answer for each time that the client says something, and what it adds without end. */
interface Drip {
  readonly type: SinkType;
  readonly what: string;
  readonly begin: readonly string[];
  readonly piece: string;
  /** Of a probe that needs no more than the beginning. */
  readonly cause?: Cause;
}

const ADVERTISEMENT = "content-type: application/x-git-upload-pack-advertisement\r\n";

/** The verdicts of types that do not wait for a body: S3 and GCS ask with HEAD first, whose answers have none. */
const BODY: Partial<Record<SinkType, Cause>> = { s3: "ProtocolError", gcs: "ProtocolError" };
const REFUSAL: Partial<Record<SinkType, Cause>> = {
  ...BODY,
  git: "PermissionDenied",
  gitlab: "PermissionDenied",
};

function webDrips(type: SinkType): Drip[] {
  const isGit = type === "git" || type === "gitlab";
  const head = isGit ? `${OK}${ADVERTISEMENT}` : OK;
  const first = isGit ? "fff0#" : " ";
  const [body, refusal] = [BODY[type] ?? "TimedOut", REFUSAL[type] ?? "TimedOut"];
  const sized = "content-length: 100000\r\n\r\n";
  const chunked = "transfer-encoding: chunked\r\n\r\n5\r\nfff0#\r\n";
  return [
    { type, what: "a header", begin: [`${OK}a: `], piece: "x" },
    { type, what: "headers", begin: [OK], piece: "a: b\r\n" },
    { type, what: "a body of a known length", begin: [`${head}${sized}${first}`], piece: " ", cause: body },
    { type, what: "chunks", begin: [`${head}${chunked}`], piece: "1\r\n \r\n", cause: body },
    { type, what: "a refusal", begin: [`HTTP/1.1 403 Forbidden\r\n${sized}`], piece: " ", cause: refusal },
  ];
}

const DRIPS: readonly Drip[] = [
  ...WEB_TYPES.flatMap(webDrips),
  { type: "postgres", what: "an answer", begin: ["N", "R\0\0\x10\0"], piece: "x" },
  { type: "mongodb", what: "an answer", begin: ["\0\x10\0\0"], piece: "x" },
  { type: "kafka", what: "an answer", begin: ["\0\x10\0\0"], piece: "x" },
];

function drippingServer({ begin, piece }: Drip): Promise<Fault> {
  return faultServer((socket) => {
    const left = [...begin];
    let timer: NodeJS.Timeout | undefined;
    socket.on("data", () => {
      const next = left.shift();
      if (next !== undefined) socket.write(Buffer.from(next, "latin1"));
      if (left.length === 0) timer ??= setInterval(() => socket.writable && socket.write(piece), EVERY_MS);
    });
    socket.once("close", () => clearInterval(timer));
  });
}

/** How long an attempt took beyond its deadline, without what a busy machine adds, in milliseconds. */
async function measured<T>(
  attempt: () => Promise<T>,
): Promise<{ readonly result: T; readonly late: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedAt = performance.now();
  const result = await attempt();
  delay.disable();
  return { result, late: performance.now() - startedAt - TIMEOUT_MS - delay.max / 1e6 };
}

describe("a server that sends byte by byte", () => {
  it.concurrent.each(DRIPS)("does not keep a probe beyond its deadline: $type, $what", async (drip) => {
    const { type, cause = "TimedOut" } = drip;
    const server = await drippingServer(drip);
    try {
      const options = { timeoutMs: TIMEOUT_MS, plan: planAt(type, server) };
      const { result, late } = await measured(() =>
        runCase(PROBES[type] as Probe, caseAt(type, server), options),
      );
      expect(result.failure?.cause, result.failure?.message).toBe(cause);
      expect(late).toBeLessThan(MAX_LATE_MS);
      await vi.waitFor(() => expect(server.open()).toBe(0));
    } finally {
      await server.close();
    }
  });
});
