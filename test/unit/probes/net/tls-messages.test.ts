import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError, type Failure } from "../../../../capabilities/domain/failure";
import { createAddressPolicy } from "../../../../capabilities/probes/net/address-policy";
import { createDialler, type AttemptDialler } from "../../../../capabilities/probes/net/guarded-dialler";
import { systemResolver } from "../../../../capabilities/probes/net/names/system-resolver";
import { createRecorder } from "../../../../capabilities/probes/recorder";
import { keyUpdates } from "../../../../lab/key-updates";
import { createAuthority, type Issued } from "../../../../lab/pki";

const authority = createAuthority();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function dialler(signal: AbortSignal): AttemptDialler {
  const made = createDialler({
    policy: createAddressPolicy({ allow: ["127.0.0.0/8"] }),
    recorder: createRecorder(() => 0),
    resolveHost: systemResolver(),
    signal,
  });
  cleanups.push(() => made.close());
  return made;
}

/** A connection with TLS to the server, for as long as the deadline allows. */
async function secured(server: Server, client: AttemptDialler): Promise<TLSSocket> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const plain = await client.connect({ host: "127.0.0.1", port });
  return client.secure(plain, { ca: authority.cert, insecureSkipVerify: false, servername: "localhost" });
}

/** Sends these bytes again and again from the client's first bytes on, as fast as the client takes them. */
function repeating(hex: string): Server {
  const chunk = Buffer.from(hex.repeat(7000), "hex");
  return createTcpServer((socket: Socket) => {
    const more = (): void => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on("error", () => undefined).on("drain", more);
    socket.once("data", more).resume();
    cleanups.push(() => socket.destroy());
  });
}

/** The failure that the attempt ends with. */
async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const error: unknown = await attempt.catch((thrown: unknown) => thrown);
  if (error instanceof FailureError) return error.failure;
  throw new Error("the attempt did not end with a failure", { cause: error });
}

/** TLS records as hexadecimal digits: type, version, length, content. */
const RECORDS: ReadonlyArray<readonly [what: string, hex: string, cause: Cause]> = [
  ["HelloRequest messages", "160303000400000000", "ProtocolError"],
  ["handshake records without content", "1603030000", "TLSFailed"],
  ["data records without content", "1703030000", "TLSFailed"],
  ["warnings", "1503030002015a", "TLSFailed"],
  ["changes of the cipher", "140303000101", "TLSFailed"],
];

describe("a TLS server", () => {
  it.each(RECORDS)("that sends %s without end is cut off before the deadline", async (_what, hex, cause) => {
    const client = dialler(AbortSignal.timeout(20_000));
    const failure = await failureOf(secured(repeating(hex), client));
    expect((client.overrun()?.failure ?? failure).cause).toBe(cause);
  });

  it("that begins a second handshake on the same connection is refused it", async () => {
    const certificate: Issued = authority.issue({ names: ["localhost"] });
    let settle: (error: Error | null) => void = () => undefined;
    const asked = new Promise<Error | null>((resolve) => (settle = resolve));
    const server = createTlsServer({ ...certificate, maxVersion: "TLSv1.2" }, (socket) => {
      socket.on("error", settle);
      socket.renegotiate({}, settle);
      socket.write("x");
      cleanups.push(() => socket.destroy());
    });
    const socket = await secured(server, dialler(AbortSignal.timeout(20_000)));
    socket.resume();
    expect(await asked).toBeInstanceOf(Error);
  });

  it.each([
    [4_000, "TLSNameMismatch"],
    [10_000, "TLSFailed"],
  ])("whose certificate has %d names of other hosts is %s in few words", async (count, cause) => {
    const names = Array.from({ length: count }, (_, index) => `host-${index}.example`);
    const server = createTlsServer(authority.issue({ names }));
    server.on("connection", (socket) => void socket.on("error", () => undefined));
    const failure = await failureOf(secured(server, dialler(AbortSignal.timeout(20_000))));
    expect(failure.cause).toBe(cause);
    expect(failure.message.length).toBeLessThan(300);
  });

  it("that replaces its key again and again is cut off", async () => {
    const client = dialler(AbortSignal.timeout(20_000));
    const socket = await secured(updatingKeys(40_000), client);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const before = process.cpuUsage();
    socket.resume();
    await closed;
    const { user, system } = process.cpuUsage(before);
    expect(client.overrun()?.failure.cause).toBe("ProtocolError");
    // The server of this test counts too.
    expect((user + system) / 1000).toBeLessThan(4000);
  });
});

/** A server that sends as many KeyUpdate messages, each of which requests one in return. */
function updatingKeys(count: number): Server {
  const identity = authority.issue({ names: ["localhost"] });
  const only = { minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" } as const;
  return createTcpServer((socket: Socket) => {
    const server = new TLSSocket(socket, { isServer: true, ...identity, ...only });
    for (const each of [socket, server]) each.on("error", () => undefined);
    server.on("keylog", (line: Buffer) => {
      const [name, , secret = ""] = line.toString().trim().split(" ");
      if (name !== "SERVER_TRAFFIC_SECRET_0") return;
      // Two session tickets come first.
      const flood = keyUpdates(Buffer.from(secret, "hex"), 2, count);
      server.once("secure", () => setTimeout(() => socket.write(flood), 100));
    });
    cleanups.push(() => socket.destroy());
  });
}
