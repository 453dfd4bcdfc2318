import { expect, it } from "vitest";
import type { Cause, PhaseName } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { DialTarget } from "../../capabilities/probes/net/dialler";
import { relay, type RelayOptions } from "../../lab/relay";
import { settledResources } from "../../lab/bench/resources";
import type { ProbeCase, RunOptions } from "../../lab/backends/run-case";
import { expectNothingLeft } from "../fixtures/nothing-left";

/** A real server behind a relay, where the probe succeeds. */
export interface Relayed {
  /** How it is spoken to: "TLS", "plain text". */
  readonly name: string;
  server(): DialTarget;
  /** The case that succeeds, aimed at the relay, which is at `localhost`. */
  at(target: DialTarget): ProbeCase;
  /** Phases that a server may be silent in without failing the probe, which then skips them. */
  readonly optional?: readonly PhaseName[];
}

type Run = (probeCase: ProbeCase, options?: RunOptions) => Promise<ProbeReport>;

/** What a broken connection may be called; never a fault of credentials, rights or target. */
const BROKEN: readonly Cause[] = ["Unreachable", "TLSFailed", "ProtocolError"];
const TIMEOUT_MS = 1500;
/** On a busy machine; the bench holds a probe to 250 ms. */
const LATE_MS = 2000;
/** Half of the attempt's time: a connection that broke is noticed and not waited for. */
const AT_ONCE_MS = 5000;
/** How long after a report its sockets and timers may last, on a busy machine. */
const LEFT_MS = 1000;
/** How long a server is silent before the caller leaves. */
const SILENT_MS = 300;
const MOST_CUTS = 12;
const MOST_STALLS = 6;

/**
 * Holds a probe against a connection to a real server that breaks anywhere: the verdict is the good one in full,
 * or it is about the connection.
 */
export function describeRelayed(relayed: Relayed, run: Run): void {
  async function through(options: RelayOptions, more?: RunOptions): Promise<Passage> {
    const between = await relay(relayed.server(), options);
    try {
      const startedAt = Date.now();
      const report = await run(relayed.at({ host: "localhost", port: between.port }), more);
      return { report, tookMs: Date.now() - startedAt, pieces: between.pieces() };
    } finally {
      await between.close();
    }
  }

  it(`understands a server whose bytes come one by one (${relayed.name})`, async () => {
    const good = await through({});
    const { report } = await through({ bytewise: true });
    expect(report.failure).toBeUndefined();
    expect(resultsOf(report)).toEqual(resultsOf(good.report));
  });

  for (const then of ["end", "reset"] as const) {
    it(`is not misled by a connection that breaks anywhere by ${then} (${relayed.name})`, async () => {
      const good = await through({});
      const places = sample(placesIn(good.pieces), MOST_CUTS);
      const before = await settledResources({ sockets: 0, timers: 0, descriptors: 0 }, 300);
      for (const bytes of places) {
        const { report, tookMs } = await through({ bytes, then });
        await expectNothingLeft(before, LEFT_MS);
        if (report.failure)
          expect(BROKEN, `${bytes} bytes: ${report.failure.message}`).toContain(report.failure.cause);
        else expect(resultsOf(report), `${bytes} bytes`).toEqual(resultsOf(good.report));
        expect(tookMs, `${bytes} bytes`).toBeLessThan(AT_ONCE_MS);
      }
    });
  }

  it(`leaves nothing behind when its caller leaves while the server is silent (${relayed.name})`, async () => {
    const good = await through({});
    const places = sample(placesIn(good.pieces), MOST_STALLS);
    const before = await settledResources({ sockets: 0, timers: 0, descriptors: 0 }, 300);
    for (const bytes of places) {
      const controller = new AbortController();
      const reason = new Error("the caller has left");
      setTimeout(() => controller.abort(reason), SILENT_MS);
      const left = through({ bytes, then: "silence" }, { timeoutMs: 30_000, signal: controller.signal });
      const error = await left.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect([undefined, reason], `${bytes} bytes`).toContain(error);
      await expectNothingLeft(before, LEFT_MS);
    }
  });

  it(`settles by its deadline when the server falls silent anywhere (${relayed.name})`, async () => {
    const good = await through({});
    const places = sample(placesIn(good.pieces), MOST_STALLS);
    const stalled = places.map(async (bytes) => {
      const { report, tookMs } = await through({ bytes, then: "silence" }, { timeoutMs: TIMEOUT_MS });
      expect(tookMs, `${bytes} bytes`).toBeLessThan(TIMEOUT_MS + LATE_MS);
      if (report.failure)
        expect(report.failure.cause, `${bytes} bytes: ${report.failure.message}`).toBe("TimedOut");
      else expect(without(relayed.optional, report)).toEqual(without(relayed.optional, good.report));
    });
    await Promise.all(stalled);
  });
}

interface Passage {
  readonly report: ProbeReport;
  readonly tookMs: number;
  readonly pieces: readonly number[];
}

/** Before every piece of what the server says, and in the middle of it. */
function placesIn(pieces: readonly number[]): number[] {
  let before = 0;
  return pieces.flatMap((length) => {
    const start = before;
    before += length;
    return [start, start + Math.floor(length / 2)];
  });
}

/** At most so many, spread evenly, with the first and the last. */
function sample(places: readonly number[], most: number): number[] {
  if (places.length <= most) return [...places];
  return Array.from(
    { length: most },
    (_, at) => places[Math.round((at * (places.length - 1)) / (most - 1))] ?? 0,
  );
}

function resultsOf({ phases }: ProbeReport): Record<string, string> {
  return Object.fromEntries(phases.map(({ name, result, why }) => [name, why ?? result]));
}

function without(names: readonly PhaseName[] = [], report: ProbeReport): Record<string, string> {
  return Object.fromEntries(
    Object.entries(resultsOf(report)).filter(([name]) => !(names as readonly string[]).includes(name)),
  );
}
