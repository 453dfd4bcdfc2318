import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Cause, SinkType } from "../../capabilities/api/vocabulary";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase } from "../../lab/backends/run-case";
import { faultServer, refusedPort, type Fault } from "../../lab/faults";
import { caseAt, planAt } from "./sinks";

const TIMEOUT_MS = 400;
/** On a busy machine. A probe that waits for the server never ends; `npm run bench` measures how late one is. */
const MAX_LATE_MS = 2000;
const EVERY_MS = 10;

const OK = "HTTP/1.1 200 OK\r\n";
const WEB_TYPES = ["git", "gitlab", "s3", "gcs", "bigquery"] as const;

/** What a server begins with, an answer for each time that the client says something, and what it adds without end. */
interface Drip {
  readonly type: SinkType;
  readonly what: string;
  readonly begin: readonly string[];
  readonly piece: string;
  /** The verdicts that are right, where a probe needs no more than the beginning. */
  readonly causes?: readonly Cause[];
}

const ADVERTISEMENT = "content-type: application/x-git-upload-pack-advertisement\r\n";

const TIMED_OUT: readonly Cause[] = ["TimedOut"];
/** S3 and GCS ask with HEAD first: what looks like a body is an answer to the next question, if it comes in time. */
const HEAD_FIRST: readonly Cause[] = ["ProtocolError", "TimedOut"];
const BODY: Partial<Record<SinkType, readonly Cause[]>> = { s3: HEAD_FIRST, gcs: HEAD_FIRST };
const REFUSAL: typeof BODY = { ...BODY, git: ["PermissionDenied"], gitlab: ["PermissionDenied"] };

function webDrips(type: SinkType): Drip[] {
  const isGit = type === "git" || type === "gitlab";
  const head = isGit ? `${OK}${ADVERTISEMENT}` : OK;
  const first = isGit ? "fff0#" : " ";
  const [body, refusal] = [BODY[type] ?? TIMED_OUT, REFUSAL[type] ?? TIMED_OUT];
  const sized = "content-length: 100000\r\n\r\n";
  const chunked = "transfer-encoding: chunked\r\n\r\n5\r\nfff0#\r\n";
  return [
    { type, what: "a header", begin: [`${OK}a: `], piece: "x" },
    { type, what: "headers", begin: [OK], piece: "a: b\r\n" },
    { type, what: "a body of a known length", begin: [`${head}${sized}${first}`], piece: " ", causes: body },
    { type, what: "chunks", begin: [`${head}${chunked}`], piece: "1\r\n \r\n", causes: body },
    { type, what: "a refusal", begin: [`HTTP/1.1 403 Forbidden\r\n${sized}`], piece: " ", causes: refusal },
  ];
}

const DRIPS: readonly Drip[] = [
  ...WEB_TYPES.flatMap(webDrips),
  { type: "postgres", what: "an answer", begin: ["N", "R\0\0\x10\0"], piece: "x" },
  { type: "mongodb", what: "an answer", begin: ["\0\x10\0\0"], piece: "x" },
  { type: "kafka", what: "an answer", begin: ["\0\0\x10\0"], piece: "x" },
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

/** How long an attempt took beyond a timer of the same length: on a busy machine both are late. In milliseconds. */
async function measured<T>(
  attempt: () => Promise<T>,
): Promise<{ readonly result: T; readonly late: number }> {
  const deadline = sleep(TIMEOUT_MS).then(() => performance.now());
  const result = await attempt();
  const endedAt = performance.now();
  return { result, late: endedAt - (await deadline) };
}

// A driver is loaded by the first probe of its type, which takes longer than these attempts may.
beforeAll(async () => {
  const nowhere = await refusedPort();
  for (const type of new Set(DRIPS.map((drip) => drip.type)))
    await runCase(PROBES[type] as Probe, caseAt(type, nowhere), {
      plan: planAt(type, nowhere),
      timeoutMs: 3000,
    });
});

describe("a server that sends byte by byte", () => {
  it.concurrent.each(DRIPS)("does not keep a probe beyond its deadline: $type, $what", async (drip) => {
    const { type, causes = TIMED_OUT } = drip;
    const server = await drippingServer(drip);
    try {
      const options = { timeoutMs: TIMEOUT_MS, plan: planAt(type, server) };
      const { result, late } = await measured(() =>
        runCase(PROBES[type] as Probe, caseAt(type, server), options),
      );
      expect(causes, result.failure?.message).toContain(result.failure?.cause);
      expect(late).toBeLessThan(MAX_LATE_MS);
      await vi.waitFor(() => expect(server.open()).toBe(0));
    } finally {
      await server.close();
    }
  });
});
