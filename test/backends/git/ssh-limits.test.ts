import { createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection, type ServerConfig } from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import type { KollectSnapshotSinkSpec } from "../../../capabilities/api/types";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { gitProbe } from "../../../capabilities/probes/git/probe";
import { gitCase } from "../../../lab/backends/git";
import { keyPair, knownHost } from "../../../lab/backends/git-keys";
import { runCase, type RunOptions } from "../../../lab/backends/run-case";
import { settledResources } from "../../../lab/bench/resources";
import { expectClean } from "../../contract/leaks";
import { expectNothingLeft } from "../../fixtures/nothing-left";

const MIB = 1024 * 1024;
const CANARY = "canary-of-a-hostile-server";
const HOST_KEY = keyPair();
const USER_KEY = keyPair("rsa");

/** Messages of SSH (RFC 4252 to 4254), by the names that they have there. */
const IGNORE = 2;
const USERAUTH_PK_OK = 60;
const CHANNEL_OPEN_CONFIRMATION = 91;
const CHANNEL_DATA = 94;
const CHANNEL_EXTENDED_DATA = 95;
const CHANNEL_EOF = 96;
const CHANNEL_SUCCESS = 99;

/** What ssh2's server has inside, to send what it would not send. */
interface Inside {
  readonly _handlers: Record<string, (protocol: unknown, ...about: never[]) => void>;
  readonly _packetRW: {
    readonly write: { alloc(size: number): Buffer; allocStart: number; finalize(packet: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

interface Peer {
  readonly socket: Socket;
  readonly handlers: Inside["_handlers"];
  send(...parts: readonly (number | Buffer)[]): void;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** Listens, accepts every login, and behaves as told after that. */
async function server(
  hostile: (peer: Peer, connection: Connection) => void,
  algorithms?: ServerConfig["algorithms"],
): Promise<number> {
  const sockets: Socket[] = [];
  const config = { hostKeys: [HOST_KEY.private], ...(algorithms ? { algorithms } : {}) };
  const ssh = new ssh2.Server(config, (connection: Connection) => {
    const { _protocol: inside } = connection as unknown as { _protocol: Inside };
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => context.accept());
    const peer: Peer = {
      socket: sockets.at(-1) as Socket,
      handlers: inside._handlers,
      send: (...parts) => {
        const payload = Buffer.concat(
          parts.map((part) => Buffer.from(typeof part === "number" ? [part] : part)),
        );
        const { write } = inside._packetRW;
        const packet = write.alloc(payload.length);
        packet.set(payload, write.allocStart);
        inside._cipher.encrypt(write.finalize(packet));
      },
    };
    hostile(peer, connection);
  });
  const listener = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return (listener.address() as AddressInfo).port;
}

async function probeOf(
  port: number,
  git?: KollectSnapshotSinkSpec["git"],
  more: RunOptions = {},
): Promise<ProbeReport> {
  const secret = { identity: USER_KEY.private, known_hosts: knownHost(`[127.0.0.1]:${port}`, HOST_KEY) };
  const options = { secret, ...(git ? { git } : {}) };
  const report = await runCase(gitProbe, gitCase(`ssh://git@127.0.0.1:${port}/inventory.git`, options), {
    timeoutMs: 10_000,
    ...more,
  });
  expectClean(report, [CANARY]);
  return report;
}

/** Sends again and again, as fast as the client takes it. */
function again({ socket }: Peer, send: () => void): void {
  const next = (): void => {
    for (let count = 0; count < 200 && socket.writable && socket.writableLength < MIB; count += 1) send();
    if (socket.writable) setImmediate(next);
  };
  next();
}

interface Commands {
  /** Largest packet that the server accepts. */
  readonly packetSize?: number;
  /** Called for each command, numbered from 0; the client's channels have the same numbers. */
  run(command: number): void;
}

/** Opens channels, and does no more by itself. */
function commands({ handlers, send }: Peer, { packetSize = 32_768, run }: Commands): void {
  let count = 0;
  handlers["CHANNEL_OPEN"] = (_, { sender }: { sender: number }) =>
    send(CHANNEL_OPEN_CONFIRMATION, number(sender), number(0), number(MIB), number(packetSize));
  handlers["CHANNEL_REQUEST"] = (_, ...[, type]: readonly unknown[]) => {
    if (type === "exec") run(count++);
  };
  for (const ignored of ["CHANNEL_DATA", "CHANNEL_EOF", "CHANNEL_CLOSE"]) handlers[ignored] = () => undefined;
}

function packet(line: string): string {
  return (line.length + 4).toString(16).padStart(4, "0") + line;
}

const HEAD = "1".repeat(40);
const ADVERTISEMENT = `${packet(`${HEAD} HEAD\0agent=git/2\n`)}${packet(`${HEAD} refs/heads/main\n`)}0000`;
/** 3 MB, and ssh2 grants 2 MiB at a time. */
const MANY = packet(`${HEAD} refs/tags/v1.0.0\n`).repeat(50_000);
const LONG = text(CANARY.repeat(1000));

/** Accepts the first command and answers it. */
function answer(peer: Peer): void {
  peer.send(CHANNEL_SUCCESS, number(0));
  peer.send(CHANNEL_DATA, number(0), text(ADVERTISEMENT));
}

const ATTACKS: ReadonlyArray<readonly [what: string, attack: (peer: Peer) => void]> = [
  [
    "has the client sign its login again and again",
    (peer) => {
      peer.handlers["USERAUTH_REQUEST"] = () => {
        for (let count = 0; count < 1000; count += 1)
          peer.send(USERAUTH_PK_OK, text("rsa-sha2-512"), text(""));
      };
    },
  ],
  [
    "sends messages that are to be ignored",
    (peer) => {
      peer.handlers["USERAUTH_REQUEST"] = () => again(peer, () => peer.send(IGNORE, text("")));
    },
  ],
  // Without a limit this test does not end: the client writes packets without content forever.
  [
    "accepts only packets without content",
    (peer) => commands(peer, { packetSize: 0, run: () => answer(peer) }),
  ],
  [
    "sends output of a command that it has not accepted",
    (peer) => commands(peer, { run: () => again(peer, () => peer.send(CHANNEL_DATA, number(0), LONG)) }),
  ],
  [
    "sends output byte by byte before it accepts the command",
    (peer) => commands(peer, { run: () => again(peer, () => peer.send(CHANNEL_DATA, number(0), text("x"))) }),
  ],
  [
    "sends errors of a command that it has not accepted",
    (peer) =>
      commands(peer, {
        run: () => again(peer, () => peer.send(CHANNEL_EXTENDED_DATA, number(0), number(1), LONG)),
      }),
  ],
  [
    "sends more output of the command before",
    (peer) =>
      commands(peer, {
        run: (command) => {
          if (command === 0) answer(peer);
          else again(peer, () => peer.send(CHANNEL_DATA, number(0), LONG));
        },
      }),
  ],
];

describe("an SSH server that exceeds a limit", () => {
  it.each(ATTACKS)("is reported at once when it %s", async (_, attack) => {
    const port = await server(attack);
    const [before, cpu] = [process.memoryUsage().rss, process.cpuUsage()];
    const report = await probeOf(port);
    const { user, system } = process.cpuUsage(cpu);
    expect(report.failure?.message).toMatch(/violates the SSH protocol/);
    expect(report.failure?.cause).toBe("ProtocolError");
    // The server of this test counts too.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

describe("an SSH server that stays within the limits", () => {
  it("may list more references than its window has room for", async () => {
    const port = await server((_, connection) => {
      connection.on("session", (accept) => {
        const session = accept();
        session.on("exec", (run) => run().end(ADVERTISEMENT.slice(0, -4) + MANY + "0000"));
      });
    });
    const report = await probeOf(port, { branch: "main" });
    expect(report.failure).toBeUndefined();
  });
});

describe("an SSH server that ends a command and does not send its status", () => {
  const port = (): Promise<number> =>
    server((peer) =>
      commands(peer, {
        run: () => {
          peer.send(CHANNEL_SUCCESS, number(0));
          peer.send(CHANNEL_EOF, number(0));
        },
      }),
    );

  it.each([
    ["at its deadline", () => ({ timeoutMs: 1000 })],
    ["when the caller leaves", () => ({ signal: AbortSignal.timeout(1000) })],
  ])("leaves no timer behind %s", async (_, options) => {
    const target = await port();
    const before = await settledResources({ sockets: 0, timers: 0, descriptors: 0 }, 500);
    const startedAt = Date.now();
    await probeOf(target, undefined, options()).catch(() => undefined);
    expect(Date.now() - startedAt).toBeGreaterThan(900);
    await expectNothingLeft(before, 300);
  });
});

describe("an SSH server that chooses the group of the key exchange", () => {
  it.each(["go-git", "cli"] as const)("shares no algorithm with a probe for %s", async (engine) => {
    const port = await server(() => undefined, { kex: ["diffie-hellman-group-exchange-sha256"] });
    const { failure } = await probeOf(port, { engine });
    expect(failure?.message).toMatch(/shares no SSH algorithm/);
  });
});
