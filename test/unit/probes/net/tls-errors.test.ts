import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { FailureError, type Failure } from "../../../../capabilities/domain/failure";
import { faultServer, greeter, hangUp, otherProtocol, resetter, type Fault } from "../../../../lab/faults";
import { createAuthority, selfSigned, type Authority } from "../../../../lab/pki";
import { harness, rejection } from "./net-harness";

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function started(fault: Promise<Fault>): Promise<Fault> {
  const server = await fault;
  cleanups.push(() => server.close());
  return server;
}

let authority: Authority;
let other: Authority;
let sameName: Authority;
beforeAll(() => {
  authority = createAuthority();
  other = createAuthority("Other CA");
  sameName = createAuthority();
});

/** The failure of a handshake with the server, once it was found fit to be shown. */
async function handshakeFailure({ host, port }: { host: string; port: number }): Promise<Failure> {
  const { dialler, recorder } = harness();
  cleanups.push(() => dialler.close());
  const socket = await dialler.connect({ host, port });
  const options = { servername: "localhost", insecureSkipVerify: false, ca: authority.cert };
  const error = await rejection(dialler.secure(socket, options));
  expect(error).toBeInstanceOf(FailureError);
  expect(socket.destroyed).toBe(true);
  const { phases, insecure } = recorder.report("x");
  expect(phases.at(-1)).toMatchObject({ name: "TLS", result: "Failed" });
  expect(insecure).toBeUndefined();
  const { failure } = error as FailureError;
  expect(failure.message).toContain(`${host}:${port}`);
  expect(failure.message.length).toBeLessThan(300);
  return failure;
}

async function tlsServer(options: TlsOptions): Promise<{ host: string; port: number }> {
  const server = createServer(options, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

const NAMES = { names: ["localhost"] };
const MINUTE = 60_000;

describe("a certificate", () => {
  it.each([
    [
      "of another authority",
      () => other.issue(NAMES),
      "TLSUntrusted",
      "into spec.tls.caBundle or the Secret",
    ],
    [
      "of an authority that took the name of a trusted one",
      () => sameName.issue(NAMES),
      "TLSUntrusted",
      "spec.tls.caBundle",
    ],
    ["with its own unknown root", () => chain(other), "TLSUntrusted", "spec.tls.caBundle"],
    [
      "that signed itself",
      () => selfSigned(NAMES.names),
      "TLSUntrusted",
      "is self-signed. Put it into spec.tls.caBundle",
    ],
    [
      "for another name",
      () => authority.issue({ names: ["elsewhere.example"] }),
      "TLSNameMismatch",
      "is not for localhost. Use a name",
    ],
    [
      "for an address instead of the name",
      () => authority.issue({ names: ["127.0.0.1"] }),
      "TLSNameMismatch",
      "is not for localhost. Use a name",
    ],
    [
      "that has expired",
      () => authority.issue({ ...NAMES, notAfter: new Date(Date.now() - MINUTE) }),
      "TLSExpired",
      "has expired. Renew it",
    ],
    [
      "that is not valid yet",
      () => authority.issue({ ...NAMES, notBefore: new Date(Date.now() + 60 * MINUTE) }),
      "TLSExpired",
      "not valid yet. Check the clocks",
    ],
    [
      "for clients",
      () => authority.issue({ ...NAMES, client: true }),
      "TLSFailed",
      "may not be used for a server",
    ],
  ] as const)("%s says what to do", async (_what, issue, cause, fix) => {
    const failure = await handshakeFailure(await tlsServer(issue()));
    expect(failure.cause).toBe(cause);
    expect(failure.message).toContain(fix);
  });
});

function chain(root: Authority): TlsOptions {
  const { cert, key } = root.issue(NAMES);
  return { cert: cert + root.cert, key };
}

describe("a handshake", () => {
  it.each([
    ["is reset", () => resetter(), "Check that the port uses TLS"],
    ["meets a server that hangs up", () => hangUp(), "Check that the port uses TLS"],
    ["meets a greeting in plain text", () => greeter(), "answered without TLS. Check the port"],
    [
      "is answered by a web server in plain text",
      () => otherProtocol(),
      "answered without TLS. Check the port",
    ],
  ] as ReadonlyArray<[string, () => Promise<Fault>, string]>)(
    "that %s is TLSFailed",
    async (_what, start, fix) => {
      const failure = await handshakeFailure(await started(start()));
      expect(failure.cause).toBe("TLSFailed");
      expect(failure.message).toContain(fix);
    },
  );

  it("without a common cipher suite is TLSFailed", async () => {
    const ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
    const server = await tlsServer({ ...authority.issue(NAMES), ciphers, maxVersion: "TLSv1.2" });
    const failure = await handshakeFailure(server);
    expect(failure.cause).toBe("TLSFailed");
    expect(failure.message).toContain("no TLS version or cipher suite");
  });

  const client = "Check tls.crt and tls.key in the sink's Secret";
  const versions = "no TLS version or cipher suite";
  /** Descriptions of alerts: RFC 8446, section 6, and the registry of IANA. */
  it.each([
    [40, "handshake_failure", "TLSFailed", versions],
    [42, "bad_certificate", "AuthenticationFailed", client],
    [43, "unsupported_certificate", "AuthenticationFailed", client],
    [44, "certificate_revoked", "AuthenticationFailed", client],
    [45, "certificate_expired", "AuthenticationFailed", client],
    [46, "certificate_unknown", "AuthenticationFailed", client],
    [48, "unknown_ca", "AuthenticationFailed", client],
    [49, "access_denied", "AuthenticationFailed", client],
    [51, "decrypt_error", "AuthenticationFailed", client],
    [70, "protocol_version", "TLSFailed", versions],
    [71, "insufficient_security", "TLSFailed", versions],
    [80, "internal_error", "TLSFailed", "server's TLS settings and log"],
    [112, "unrecognized_name", "TLSNameMismatch", "does not serve the name localhost"],
    [116, "certificate_required", "AuthenticationFailed", client],
    [120, "no_application_protocol", "TLSFailed", versions],
  ] as const)("that the server ends with alert %i, %s, is %s", async (alert, _name, cause, fix) => {
    const fatal = Buffer.from([0x15, 3, 3, 0, 2, 2, alert]);
    const server = await started(faultServer((socket) => socket.once("data", () => socket.end(fatal))));
    const failure = await handshakeFailure(server);
    expect(failure.cause).toBe(cause);
    expect(failure.message).toContain(fix);
  });
});
