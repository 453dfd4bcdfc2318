import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause, PhaseName, SinkType } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { DialTarget } from "../../capabilities/probes/net/dialler";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { blackHole, refusedPort, resetter, type Fault } from "../../lab/faults";
import { FAULTS, type ProbeFixture, type SilentServer, type StartFault } from "./fixture";
import { expectClean } from "./leaks";
import { describeFailures } from "../failures/describe-failures";
import { aimed } from "../failures/input";
import { describeRelayed } from "./relay-contract";
import { resources, settledResources } from "../../lab/bench/resources";
import { expectNothingLeft } from "../fixtures/nothing-left";
import { TEST_BACKENDS } from "../fixtures/backends";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";

const TIMEOUT_MS = 1500;
const REPEATS = 50;
/** On a busy machine; the bench holds a probe to 250 ms. */
const LATE_MS = 2000;

/** Runs the contract that every probe keeps, against the servers of this type of sink. */
export async function describeContract(type: SinkType): Promise<void> {
  const { contract } = await TEST_BACKENDS[type].contract();
  describe(type, () => {
    beforeAll(() => contract.start());
    afterAll(() => contract.stop());
    describeFailures(type, contract);
    for (const [name, fixture] of Object.entries(contract.fixtures)) {
      describeProbe(name, PROBES[type], fixture);
    }
  });
}

function describeProbe(name: string, probe: Probe, fixture: ProbeFixture): void {
  async function run(probeCase: ProbeCase, options?: RunOptions): Promise<ProbeReport> {
    const report = await runCase(probe, probeCase, options);
    expectClean(report, fixture.secrets);
    return report;
  }

  describe(`${name}: probe contract`, () => {
    describeVerdicts(fixture, run);
    describePeer(fixture, run);
    describeFaults(fixture, run);
    for (const relayed of fixture.relayed) describeRelayed(relayed, run);
    describeAborts(fixture, run);
    describeRepetition(fixture, run);
  });
}

type Run = (probeCase: ProbeCase, options?: RunOptions) => Promise<ProbeReport>;

function describeVerdicts(fixture: ProbeFixture, run: Run): void {
  it("reports every phase of a sink that works", async () => {
    const report = await run(fixture.good());
    expect(report.failure).toBeUndefined();
    const results = Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
    expect(results).toMatchObject({ Resolve: "Passed", Connect: "Passed", Verify: "Passed" });
    expect(Object.values(results)).not.toContain("Failed");
    expect(report.phases.every(({ result, why }) => (result === "Skipped") === (why !== undefined))).toBe(
      true,
    );
  });

  it("reports ConnectionRefused when nothing listens", async () => {
    const target = await refusedPort();
    const report = await run(aimed(fixture, target));
    expect(report.failure).toMatchObject({ reason: "ConnectionTestFailed", cause: "ConnectionRefused" });
    expect(report.failure?.message).toContain(`${target.host}:${target.port}`);
  });

  it("reports AddressDenied for loopback unless it is allowed, without dialling", async () => {
    const fault = await blackHole();
    try {
      const report = await run(aimed(fixture, fault), { addresses: {} });
      expect(report.failure?.cause).toBe("AddressDenied");
      expect(fault.seen()).toBe(0);
    } finally {
      await fault.close();
    }
  });

  it("reports NameResolutionFailed for a name that does not exist", async () => {
    const report = await run(aimed(fixture, { host: "no-such-host.invalid", port: 4321 }));
    expect(report.failure?.cause).toBe("NameResolutionFailed");
    expect(report.failure?.message).toContain("no-such-host.invalid");
  });

  it("reports credentials that the server refuses", async () => {
    const { probeCase, cause } = fixture.badCredentials();
    const report = await run(probeCase);
    expect(report.failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
  });
}

/** What the peer is asked to prove, and a server that does nothing more. */
function describePeer(fixture: ProbeFixture, run: Run): void {
  const { phase, cases, handshake, silent } = peerOf(fixture);
  it.each(cases)(`reports %s and stops at phase ${phase}`, async (cause, make) => {
    const report = await run(make());
    expect(report.failure?.cause).toBe(cause);
    expect(report.phases.at(-1)).toMatchObject({ name: phase, result: "Failed" });
    expect(report.insecure).toBeUndefined();
  });

  it(`reports TimedOut for a server that is silent after the ${handshake}`, async () => {
    const { fault, probeCase } = await silent();
    try {
      await expectTimeout(() => run(probeCase, { timeoutMs: TIMEOUT_MS }));
      await expectClosed(fault);
    } finally {
      await fault.close();
    }
  });
}

interface PeerCases {
  readonly phase: PhaseName;
  readonly cases: readonly (readonly [Cause, () => ProbeCase])[];
  readonly handshake: string;
  readonly silent: SilentServer;
}

function peerOf(fixture: ProbeFixture): PeerCases {
  if ("hostKey" in fixture) {
    const { hostKey, silentAfterKeyExchange: silent } = fixture;
    const cases = [
      ["HostKeyUnknown", () => hostKey.unknown()],
      ["HostKeyMismatch", () => hostKey.mismatch()],
    ] as const;
    return { phase: "Authenticate", cases, handshake: "SSH key exchange", silent };
  }
  const { tls, silentAfterTls: silent } = fixture;
  const cases = [
    ["TLSUntrusted", () => tls.untrusted()],
    ["TLSNameMismatch", () => tls.nameMismatch()],
    ["TLSExpired", () => tls.expired()],
  ] as const;
  return { phase: "TLS", cases, handshake: "TLS handshake", silent };
}

function describeFaults(fixture: ProbeFixture, run: Run): void {
  for (const [fault, { start, causes }] of Object.entries(FAULTS)) {
    const begin: StartFault = start;
    const allowed: readonly Cause[] = causes;
    it(`settles by its deadline when the server ${fault}`, async () => {
      const server = await begin(fixture.lab);
      try {
        const startedAt = Date.now();
        const report = await run(aimed(fixture, server), { timeoutMs: TIMEOUT_MS });
        expect(Date.now() - startedAt).toBeLessThan(TIMEOUT_MS + LATE_MS);
        expect(allowed).toContain(report.failure?.cause);
        expect(server.seen()).toBeGreaterThan(0);
        await expectClosed(server);
      } finally {
        await server.close();
      }
    });
  }
}

function describeAborts(fixture: ProbeFixture, run: Run): void {
  it("ends with the caller's reason and no socket when the caller no longer waits", async () => {
    const fault = await blackHole();
    const before = resources();
    try {
      const controller = new AbortController();
      const reason = new Error("no longer awaited");
      const running = run(aimed(fixture, fault), { timeoutMs: 30_000, signal: controller.signal });
      await until(() => fault.seen() > 0);
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      await expectClosed(fault);
      await expectNothingLeft(before);
    } finally {
      await fault.close();
    }
  });

  it("does not dial at all when it was aborted before", async () => {
    const fault = await blackHole();
    try {
      const running = run(aimed(fixture, fault), { signal: AbortSignal.abort(new Error("too late")) });
      await expect(running).rejects.toThrow("too late");
      expect(fault.seen()).toBe(0);
    } finally {
      await fault.close();
    }
  });
}

function describeRepetition(fixture: ProbeFixture, run: Run): void {
  let refused: DialTarget;
  let fault: Fault;
  beforeAll(async () => {
    refused = await refusedPort();
    fault = await resetter(fixture.lab.serverSpeaksFirst);
  });
  afterAll(() => fault.close());

  const outcomes: readonly (readonly [string, () => ProbeCase])[] = [
    ["success", () => fixture.good()],
    ["a refused connection", () => aimed(fixture, refused)],
    ["a reset connection", () => aimed(fixture, fault)],
  ];
  it.each(outcomes)("leaves nothing behind however often it ends in %s", async (_, next) => {
    // The first runs load code and open what stays open, such as the certificate store.
    for (let count = 0; count < 3; count += 1) await run(next());
    const before = await settledResources({ sockets: 0, timers: 0, descriptors: 0 }, 300);
    for (let count = 0; count < REPEATS; count += 1) await run(next());
    await expectNothingLeft(before);
  });
}

async function expectTimeout(run: () => Promise<ProbeReport>): Promise<void> {
  const startedAt = Date.now();
  const report = await run();
  expect(Date.now() - startedAt).toBeLessThan(TIMEOUT_MS + LATE_MS);
  expect(report.failure?.cause).toBe("TimedOut");
  expect(report.failure?.message).toMatch(/did not answer within 1\.5 s/);
}

async function expectClosed(fault: Fault): Promise<void> {
  await until(() => fault.open() === 0);
  expect(fault.open()).toBe(0);
}

async function until(condition: () => boolean, withinMs = 3000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!condition() && Date.now() < end) await sleep(5);
}
