import { createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection } from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { SSH_DISCONNECTS } from "../../../capabilities/probes/git/errors";
import { gitProbe } from "../../../capabilities/probes/git/probe";
import { expectClean } from "../../contract/leaks";
import { runCase } from "../../../lab/backends/run-case";
import { faultServer } from "../../../lab/faults";
import { gitCase } from "../../../lab/backends/git";
import { keyPair, knownHost } from "../../../lab/backends/git-keys";

const KEY = keyPair();
const GREETING = "SSH-2.0-hostile\r\n";
const CANARY = "canary-of-a-hostile-server";

/** A probe of a server that answers the first bytes with these. */
async function probeOf(...answer: readonly (string | Buffer)[]): Promise<ProbeReport> {
  const server = await faultServer((socket) => {
    socket.once("data", () => socket.end(Buffer.concat(answer.map((part) => Buffer.from(part)))));
  });
  onTestFinished(() => server.close());
  const { host, port } = server;
  const secret = { identity: KEY.private, known_hosts: knownHost(`[${host}]:${port}`, keyPair()) };
  const report = await runCase(gitProbe, gitCase(`ssh://git@${host}:${port}/inventory.git`, { secret }), {
    timeoutMs: 3000,
  });
  expectClean(report, [CANARY]);
  return report;
}

/** RFC 4253, section 6: length, padding length, payload, at least four bytes of padding, up to a multiple of eight. */
function binaryPacket(payload: Buffer): Buffer {
  const fill = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + fill + 1);
  head[4] = fill;
  return Buffer.concat([head, payload, Buffer.alloc(fill)]);
}

/** RFC 4253, section 11.1. */
function disconnect(reason: number): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer => Buffer.concat([number(value.length), Buffer.from(value)]);
  return binaryPacket(Buffer.concat([Buffer.from([1]), number(reason), text(CANARY), text("")]));
}

describe("an SSH server that disconnects", () => {
  const rows = Object.entries(SSH_DISCONNECTS).map(([reason, { cause }]) => [Number(reason), cause] as const);
  it.each([...rows, [2, "ProtocolError"], [99, "ProtocolError"]] as const)(
    "with reason %d is reported as %s",
    async (reason, cause) => {
      const report = await probeOf(GREETING, disconnect(reason));
      expect(report.failure?.cause).toBe(cause);
    },
  );
});

describe("what answers instead of an SSH server", () => {
  it.each([
    ["a web server", ["HTTP/1.1 400 Bad Request\r\n\r\n"], "ProtocolError"],
    ["a greeting that never becomes SSH", [`${CANARY}\n`.repeat(2000)], "ProtocolError"],
    ["a line without end", ["x".repeat(20_000)], "ProtocolError"],
    ["SSH version 1", ["SSH-1.5-old\r\n"], "ProtocolError"],
    ["a greeting and no more", [GREETING], "Unreachable"],
    ["a packet of an absurd length", [GREETING, Buffer.alloc(64, 0xff)], "ProtocolError"],
    ["a key exchange without content", [GREETING, binaryPacket(Buffer.from([20]))], "ProtocolError"],
    ["a message out of turn", [GREETING, binaryPacket(Buffer.from([52]))], "ProtocolError"],
    ["zero bytes", [GREETING, Buffer.alloc(1000)], "ProtocolError"],
  ] as const)("is reported for %s", async (_, answer, cause) => {
    const report = await probeOf(...answer);
    expect(report.failure?.message).toBeDefined();
    expect(report.failure?.cause).toBe(cause);
  });
});

/** A server that accepts the login, and then asks whether the client is alive again and again. */
async function askingServer(reads: boolean): Promise<{ port: number; hostKey: ReturnType<typeof keyPair> }> {
  const hostKey = keyPair();
  const sockets: Socket[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection: Connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => context.accept());
    // The command runs, and says nothing.
    connection.on("session", (accept) => accept().on("exec", (run) => void run()));
    connection.on("ready", () => {
      if (!reads) for (const socket of sockets) socket.pause();
      const { _protocol: protocol } = connection as unknown as { _protocol: { ping(): void } };
      const ask = (): void => {
        if (!sockets.every((socket) => socket.writable)) return;
        const isFull = sockets.some((socket) => socket.writableLength > 256 * 1024);
        for (let count = 0; !isFull && count < 500; count += 1) protocol.ping();
        setImmediate(ask);
      };
      ask();
    });
  });
  const listener = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return { port: (listener.address() as AddressInfo).port, hostKey };
}

describe("an SSH server that has the client answer without end", () => {
  it.each([
    ["does not read the answers", false],
    ["reads them", true],
  ])("is reported as ProtocolError when it %s", async (_, reads) => {
    const { port, hostKey } = await askingServer(reads);
    const secret = { identity: KEY.private, known_hosts: knownHost(`[127.0.0.1]:${port}`, hostKey) };
    const before = process.memoryUsage().rss;
    const report = await runCase(gitProbe, gitCase(`ssh://git@127.0.0.1:${port}/inventory.git`, { secret }), {
      timeoutMs: 20_000,
    });
    expect(report.failure?.cause, report.failure?.message).toBe("ProtocolError");
    // Generous: what the server of this test holds, and garbage, counts too.
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });
});
