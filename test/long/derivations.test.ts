import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { systemClock } from "../../capabilities/lib/clock";
import { Turns } from "../../capabilities/lib/turns";
import { createAddressPolicy } from "../../capabilities/probes/net/address-policy";
import { postgresProbe } from "../../capabilities/probes/postgres/probe";
import { runProbe } from "../../capabilities/probes/runner";
import { dsnUrl, postgresCase } from "../../lab/backends/postgres";
import { LOOPBACK_ALLOWED, planOf } from "../../lab/backends/run-case";
import { faultServer, type Fault } from "../../lab/faults";

const ROUNDS = 1_000_000;
const SINKS = 32;
const TIMEOUT_MS = 5000;

let server: Fault;
beforeAll(async () => {
  server = await faultServer(costly);
});
afterAll(() => server?.close());

/** Speaks SCRAM-SHA-256 as PostgreSQL does, asks for as many rounds as a probe takes, and refuses every proof. */
function costly(socket: Socket): void {
  let count = 0;
  socket.on("data", (chunk: Buffer) => {
    count += 1;
    if (count === 1) socket.write(authentication(10, "SCRAM-SHA-256\0\0"));
    else if (count === 2) socket.write(authentication(11, serverFirst(chunk)));
    else socket.end(message("E", "SFATAL\0C28P01\0Mno\0\0"));
  });
}

function serverFirst(chunk: Buffer): string {
  const nonce = /r=([^,\0]+)/.exec(chunk.toString("latin1"))?.[1] ?? "";
  return `r=${nonce}x,s=c2FsdHNhbHQ=,i=${ROUNDS}`;
}

function authentication(code: number, text: string): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(code);
  return message("R", Buffer.concat([number, Buffer.from(text, "latin1")]));
}

function message(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** One probe of the namespace, with the turns that it shares with all others, and how long it took. */
async function probe(namespace: string, turns: Turns): Promise<{ report: ProbeReport; tookMs: number }> {
  const startedAt = performance.now();
  const dsn = dsnUrl({ host: server.host, port: server.port, query: "sslmode=disable" });
  const { report, closed } = await runProbe(postgresProbe, planOf(postgresProbe, postgresCase(dsn)), {
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
    addressPolicy: createAddressPolicy(LOOPBACK_ALLOWED),
    clock: systemClock(),
    takeTurn: (signal) => turns.take(namespace, signal),
  });
  await closed;
  return { report, tookMs: performance.now() - startedAt };
}

it(`${SINKS} sinks of a namespace whose servers ask for ${ROUNDS} rounds delay no other namespace`, async () => {
  const turns = new Turns({ total: 4, perKey: 2 });
  const { tookMs: aloneMs } = await probe("modest", turns);
  const greedy = Array.from({ length: SINKS }, () => probe("greedy", turns));
  const { report, tookMs } = await probe("modest", turns);
  expect(report.failure?.cause).toBe("AuthenticationFailed");
  // Three derivations share the processors with it, and none of the others goes before it.
  expect(tookMs).toBeLessThan(6 * aloneMs + 1000);
  expect(turns.waiting).toBeGreaterThan(SINKS / 3);
  const all = await Promise.all(greedy);
  // The wait is not part of the time of any of them.
  expect(new Set(all.map(({ report: { failure } }) => failure?.cause))).toEqual(
    new Set(["AuthenticationFailed"]),
  );
  expect(Math.max(...all.map((each) => each.tookMs))).toBeGreaterThan(TIMEOUT_MS);
  expect(turns.waiting).toBe(0);
});
