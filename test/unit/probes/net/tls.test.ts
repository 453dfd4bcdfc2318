import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { ProbeReport } from "../../../../capabilities/domain/outcome";
import type { SecureOptions } from "../../../../capabilities/probes/net/dialler";
import { blackHole } from "../../../../lab/faults";
import { oddCertificate } from "../../../../lab/odd-certificates";
import { createAuthority, selfSigned, type Authority } from "../../../../lab/pki";
import { harness, rejection } from "./net-harness";

let authority: Authority;
let other: Authority;
beforeAll(() => {
  authority = createAuthority();
  other = createAuthority("Other CA");
});

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function tlsServer(options: TlsOptions): Promise<number> {
  const server = createServer(options, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Result {
  readonly report: ProbeReport;
  readonly failure?: FailureError["failure"];
  readonly alpn?: string | false | null;
}

async function secure(port: number, options: Partial<SecureOptions> = {}): Promise<Result> {
  const { dialler, recorder } = harness();
  cleanups.push(() => dialler.close());
  const socket = await dialler.connect({ host: "127.0.0.1", port });
  const settings = { servername: "localhost", insecureSkipVerify: false, ca: authority.cert, ...options };
  try {
    const secured = await dialler.secure(socket, settings);
    return { report: recorder.report("x"), alpn: secured.alpnProtocol };
  } catch (error) {
    expect(error).toBeInstanceOf(FailureError);
    expect(socket.destroyed).toBe(true);
    return { report: recorder.report("x"), failure: (error as FailureError).failure };
  }
}

describe("secure", () => {
  it("verifies a certificate of the given authority and notes the peer", async () => {
    const notAfter = new Date("2031-05-06T07:08:09Z");
    const { report, failure } = await secure(
      await tlsServer(authority.issue({ names: ["localhost"], notAfter })),
    );
    expect(failure).toBeUndefined();
    expect(report.tls).toEqual({
      version: "TLSv1.3",
      issuer: "CN=Kollect Test CA",
      notAfter: "2031-05-06T07:08:09Z",
    });
    expect(report.insecure).toBeUndefined();
    expect(report.phases.map(({ name, result }) => `${name} ${result}`)).toEqual([
      "Resolve Passed",
      "Connect Passed",
      "TLS Passed",
    ]);
  });

  it("does not exchange keys over a group that the server chooses", async () => {
    const identity = oddCertificate({ key: "rsa", commonName: "x", alternativeName: "localhost" });
    const options = { ...identity, dhparam: "auto", maxVersion: "TLSv1.2" } as const;
    const ca = identity.cert;
    const [fixed, chosen] = ["ECDHE", "DHE"].map((exchange) => `${exchange}-RSA-AES128-GCM-SHA256`);
    const passed = await secure(await tlsServer({ ...options, ciphers: fixed }), { ca });
    expect(passed.failure).toBeUndefined();
    const { failure } = await secure(await tlsServer({ ...options, ciphers: chosen }), { ca });
    expect(failure?.cause).toBe("TLSFailed");
  });

  it("trusts the system's authorities when none is given, not a private one", async () => {
    const { dialler } = harness();
    cleanups.push(() => dialler.close());
    const socket = await dialler.connect({
      host: "127.0.0.1",
      port: await tlsServer(authority.issue({ names: ["localhost"] })),
    });
    const error = await rejection(
      dialler.secure(socket, { servername: "localhost", insecureSkipVerify: false }),
    );
    expect((error as FailureError).failure.cause).toBe("TLSUntrusted");
  });

  it("takes the server's own certificate as its authority", async () => {
    const issued = other.issue({ names: ["localhost"] });
    expect((await secure(await tlsServer(issued), { ca: issued.cert })).failure).toBeUndefined();
    const own = selfSigned(["localhost"]);
    expect((await secure(await tlsServer(own), { ca: own.cert })).failure).toBeUndefined();
  });

  it("verifies an IP address by name, and does not send it", async () => {
    let sent: string | undefined = "nothing yet";
    const port = await tlsServer({
      ...authority.issue({ names: ["127.0.0.1"] }),
      SNICallback: (name, done) => {
        sent = name;
        done(null);
      },
    });
    expect((await secure(port, { servername: "127.0.0.1" })).failure).toBeUndefined();
    expect((await secure(port, { servername: "127.0.0.2" })).failure?.cause).toBe("TLSNameMismatch");
    expect(sent).toBe("nothing yet");
    await secure(port, { servername: "named.example" });
    expect(sent).toBe("named.example");
  });

  it("verifies the chain but not the name when told so", async () => {
    const elsewhere = await tlsServer(authority.issue({ names: ["elsewhere.example"] }));
    expect((await secure(elsewhere, { verifyName: false })).failure).toBeUndefined();
    const untrusted = await tlsServer(other.issue({ names: ["localhost"] }));
    expect((await secure(untrusted, { verifyName: false })).failure?.cause).toBe("TLSUntrusted");
  });

  it("accepts any certificate with insecureSkipVerify, and says so", async () => {
    const expired = other.issue({ names: ["elsewhere.example"], notAfter: new Date(Date.now() - 60_000) });
    const { report, failure } = await secure(await tlsServer(expired), { insecureSkipVerify: true });
    expect(failure).toBeUndefined();
    expect(report.insecure).toBe("VerificationSkipped");
    // The name is then whatever the server writes, such as the password that it was sent.
    expect(report.tls).toMatchObject({ version: "TLSv1.3" });
    expect(report.tls?.issuer).toBeUndefined();
  });

  it("presents a client certificate, and reports when the server wants one or another", async () => {
    const port = await tlsServer({
      ...authority.issue({ names: ["localhost"] }),
      ca: authority.cert,
      requestCert: true,
      maxVersion: "TLSv1.2",
    });
    const clientCertificate = authority.issue({ names: ["kollect"], client: true });
    expect((await secure(port, { clientCertificate })).failure).toBeUndefined();
    // TLS 1.2 reports it in the handshake; with 1.3 the server's refusal comes with the first answer.
    expect((await secure(port)).failure?.cause).toMatch(/^(AuthenticationFailed|TLSFailed)$/);
  });

  it("reports key material that cannot be used as InvalidConfiguration", async () => {
    const port = await tlsServer(authority.issue({ names: ["localhost"] }));
    const mixed = {
      cert: authority.issue({ names: ["a"], client: true }).cert,
      key: authority.issue({ names: ["b"], client: true }).key,
    };
    expect((await secure(port, { clientCertificate: mixed })).failure?.cause).toBe("InvalidConfiguration");
  });

  it("reports a server without a common TLS version as TLSFailed", async () => {
    const port = await tlsServer({ ...authority.issue({ names: ["localhost"] }), maxVersion: "TLSv1.2" });
    const { failure } = await secure(port, { minVersion: "TLSv1.3" });
    expect(failure?.cause).toBe("TLSFailed");
    expect(failure?.message).toContain("TLS version");
  });

  it("negotiates the application protocol", async () => {
    const port = await tlsServer({
      ...authority.issue({ names: ["localhost"] }),
      ALPNProtocols: ["postgresql"],
    });
    expect((await secure(port, { alpn: ["postgresql"] })).alpn).toBe("postgresql");
    expect((await secure(port)).alpn).toBe(false);
  });

  it("rejects with the signal's reason and closes when the handshake takes too long", async () => {
    const fault = await blackHole();
    cleanups.push(() => fault.close());
    const { dialler, attempt } = harness();
    const socket = await dialler.connect(fault);
    const securing = rejection(
      dialler.secure(socket, { servername: "localhost", insecureSkipVerify: false }),
    );
    const reason = new Error("deadline");
    setTimeout(() => attempt.abort(reason), 30);
    expect(await securing).toBe(reason);
    expect(socket.destroyed).toBe(true);
  });

  it("survives that the socket beneath is destroyed before the TLS socket, in one turn", async () => {
    const { dialler } = harness();
    const target = { host: "127.0.0.1", port: await tlsServer(authority.issue({ names: ["localhost"] })) };
    const settings = { servername: "localhost", insecureSkipVerify: false, ca: authority.cert };
    for (let count = 0; count < 20; count += 1) {
      const socket = await dialler.connect(target);
      const secured = await dialler.secure(socket, settings);
      socket.destroy();
      secured.destroy();
      expect([socket.destroyed, secured.destroyed]).toEqual([true, true]);
    }
    const socket = await dialler.connect(target);
    await dialler.secure(socket, settings);
    dialler.close();
    await new Promise(setImmediate);
    expect(socket.destroyed).toBe(true);
  });

  it("leaves the certificate readable for channel binding after noting it", async () => {
    const { dialler } = harness();
    cleanups.push(() => dialler.close());
    const socket = await dialler.connect({
      host: "127.0.0.1",
      port: await tlsServer(authority.issue({ names: ["localhost"] })),
    });
    const secured = await dialler.secure(socket, {
      servername: "localhost",
      insecureSkipVerify: false,
      ca: authority.cert,
    });
    expect(secured.getPeerCertificate().raw.length).toBeGreaterThan(100);
  });
});
