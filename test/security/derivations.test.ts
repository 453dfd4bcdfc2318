import type { Socket } from "node:net";
import type { Document } from "mongodb";
import { afterEach, expect, it, vi } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { systemClock } from "../../capabilities/lib/clock";
import { createAddressPolicy } from "../../capabilities/probes/net/address-policy";
import type { DerivationTurn } from "../../capabilities/probes/net/key-derivation";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { runProbe } from "../../capabilities/probes/runner";
import { LOOPBACK_ALLOWED, planOf } from "../../lab/backends/run-case";
import { faultServer, type Fault } from "../../lab/faults";
import { startStandIn } from "../../lab/servers/mongodb/stand-in";
import { caseAt, planAt } from "./sinks";

/** As many as probes take, so that the derivation is far from its end when the probe is over. */
const ROUNDS = 1_000_000;

let server: Fault | undefined;
afterEach(() => server?.close());

function serverFirst(clientFirst: string): string {
  const nonce = /r=([^,\0]+)/.exec(clientFirst)?.[1] ?? "";
  return `r=${nonce}x,s=c2FsdHNhbHQ=,i=${ROUNDS}`;
}

/** Asks for a costly key as PostgreSQL does, and hangs up. */
function postgres(): Promise<Fault> {
  return faultServer((socket: Socket) => {
    const answers = [
      () => "N",
      () => authentication(10, "SCRAM-SHA-256\0\0"),
      (chunk: Buffer) => authentication(11, serverFirst(chunk.toString("latin1"))),
    ];
    socket.on("data", (chunk: Buffer) => {
      const answer = answers.shift()?.(chunk);
      if (answer !== undefined) socket.write(answer);
      if (answers.length === 0) setTimeout(() => socket.destroy(), 20);
    });
  });
}

function authentication(code: number, text: string): Buffer {
  const head = Buffer.alloc(9, "R");
  head.writeUInt32BE(8 + text.length, 1);
  head.writeInt32BE(code, 5);
  return Buffer.concat([head, Buffer.from(text, "latin1")]);
}

/** The same as MongoDB does. */
function mongodb(): Promise<Fault> {
  return startStandIn(({ name, command, connection }): Document => {
    if (name !== "saslStart") return { ok: 1, ismaster: true, minWireVersion: 0, maxWireVersion: 21 };
    setTimeout(() => (connection as Socket).destroy(), 20);
    const payload = Buffer.from(serverFirst(String(command.payload)));
    return { ok: 1, conversationId: 1, done: false, payload };
  });
}

const SERVERS: ReadonlyArray<readonly [type: SinkType, start: () => Promise<Fault>]> = [
  ["postgres", postgres],
  ["mongodb", mongodb],
];

it.each(SERVERS)(
  "a %s server that hangs up keeps the turn of the derivation that continues",
  async (type, start) => {
    const target = (server = await start());
    let held = 0;
    const takeTurn: DerivationTurn = () => {
      let isHeld = true;
      held += 1;
      return Promise.resolve(() => {
        if (isHeld) held -= 1;
        isHeld = false;
      });
    };
    const probe = PROBES[type] as Probe;
    const { report, closed } = await runProbe(
      probe,
      planOf(probe, caseAt(type, target), planAt(type, target)),
      {
        timeoutMs: 100,
        signal: new AbortController().signal,
        addressPolicy: createAddressPolicy(LOOPBACK_ALLOWED),
        clock: systemClock(),
        takeTurn,
      },
    );
    await closed;
    expect(report.failure?.cause).toMatch(/^(Unreachable|TimedOut)$/);
    expect(held).toBe(1);
    await vi.waitFor(() => expect(held).toBe(0), { timeout: 20_000 });
  },
);
