import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { createAddressPolicy } from "../../../../capabilities/probes/net/address-policy";
import { createDialler, type AttemptDialler } from "../../../../capabilities/probes/net/guarded-dialler";
import { systemResolver } from "../../../../capabilities/probes/net/names/system-resolver";
import { createRecorder } from "../../../../capabilities/probes/recorder";
import { createAuthority } from "../../../../lab/pki";

const MAX_BYTES_IN = 256 * 1024;
const authority = createAuthority();
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const TRANSPORTS = ["plain", "tls"] as const;
type Transport = (typeof TRANSPORTS)[number];

/** A connection to a server that does this with each of its sockets. */
async function connected(
  transport: Transport,
  serve: (socket: Socket) => void,
): Promise<{ readonly socket: Socket; readonly dialler: AttemptDialler }> {
  const onSocket = (socket: Socket): void => {
    socket.on("error", () => undefined);
    cleanups.push(() => socket.destroy());
    serve(socket);
  };
  const server: Server =
    transport === "plain"
      ? createTcpServer(onSocket)
      : createTlsServer(authority.issue({ names: ["localhost"] }), onSocket);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const dialler = createDialler({
    policy: createAddressPolicy({ allow: ["127.0.0.0/8"] }),
    recorder: createRecorder(() => 0),
    resolveHost: systemResolver(),
    signal: new AbortController().signal,
    maxBytesIn: MAX_BYTES_IN,
  });
  cleanups.push(() => dialler.close());
  const { port } = server.address() as AddressInfo;
  const plain = await dialler.connect({ host: "127.0.0.1", port });
  if (transport === "plain") return { socket: plain, dialler };
  const trust = { ca: authority.cert, insecureSkipVerify: false, servername: "localhost" };
  return { socket: await dialler.secure(plain, trust), dialler };
}

function flood(socket: Socket): void {
  const chunk = Buffer.alloc(16 * 1024);
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

function errorOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("error", resolve));
}

function expectTooMuch(error: unknown, dialler: AttemptDialler): void {
  expect(error).toBeInstanceOf(FailureError);
  expect((error as FailureError).failure.cause).toBe("ProtocolError");
  expect(dialler.overrun()).toBe(error);
}

describe.each(TRANSPORTS)("a peer over a %s connection", (transport) => {
  it("that sends without end is cut off, also where nothing is kept of it", async () => {
    const { socket, dialler } = await connected(transport, flood);
    let taken = 0;
    socket.on("data", (chunk: Buffer) => (taken += chunk.length));
    expectTooMuch(await errorOf(socket), dialler);
    expect(taken).toBeLessThanOrEqual(MAX_BYTES_IN);
  });

  it("that does not read is cut off before much is kept for it", async () => {
    const { socket, dialler } = await connected(transport, (peer) => void peer.pause());
    const error = errorOf(socket);
    let most = 0;
    const answer = setInterval(() => {
      for (let count = 0; count < 100 && socket.writable; count += 1) socket.write("PONG\r\n".repeat(200));
      most = Math.max(most, socket.writableLength);
    }, 1);
    expectTooMuch(await error, dialler);
    clearInterval(answer);
    expect(most).toBeLessThan(1024 * 1024);
  });

  it("that makes a client answer without end is cut off, also when it reads", async () => {
    const { socket, dialler } = await connected(transport, (peer) => void peer.resume());
    const error = errorOf(socket);
    const answer = setInterval(() => {
      if (socket.writable && socket.writableLength === 0) socket.write(Buffer.alloc(64 * 1024));
    }, 1);
    expectTooMuch(await error, dialler);
    clearInterval(answer);
    expect(socket.bytesWritten).toBeGreaterThan(256 * 1024);
  });

  it("that sends and reads little is not held up", async () => {
    const { socket, dialler } = await connected(transport, (peer) => void peer.pipe(peer));
    const echo = new Promise((resolve) => socket.once("data", resolve));
    socket.write("hello");
    expect(String(await echo)).toBe("hello");
    expect(dialler.overrun()).toBeUndefined();
  });
});

it("counts the connections of a probe together", async () => {
  const serve = (peer: Socket): void => void peer.write(Buffer.alloc(MAX_BYTES_IN - 1000));
  const { socket, dialler } = await connected("plain", serve);
  await new Promise<void>((resolve) => {
    let taken = 0;
    socket.on("data", (chunk: Buffer) => {
      taken += chunk.length;
      if (taken === MAX_BYTES_IN - 1000) resolve();
    });
  });
  const port = socket.remotePort ?? 0;
  const second = await dialler.connect({ host: "127.0.0.1", port });
  second.resume();
  expectTooMuch(await errorOf(second), dialler);
});
