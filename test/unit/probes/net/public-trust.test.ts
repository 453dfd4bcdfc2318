import { X509Certificate } from "node:crypto";
import { createServer, connect, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { isPubliclyTrusted } from "../../../../capabilities/probes/net/tls";
import { createAuthority, type Issued } from "../../../../lab/pki";

const authority = createAuthority();
const roots = [new X509Certificate(authority.cert)];
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A connection that verified nothing, as with insecureSkipVerify, or against a given authority. */
async function connected(identity: Issued, ca?: string): Promise<TLSSocket> {
  const server = createServer({ cert: identity.cert, key: identity.key });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...(ca ? { ca } : {}) });
  await new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  closers.push(() => {
    socket.destroy();
    server.close();
  });
  return socket;
}

describe("isPubliclyTrusted", () => {
  it.each([undefined, authority.cert])(
    "follows the chain to an authority, whatever was verified before",
    async (ca) => {
      const socket = await connected(authority.issue({ names: ["store.example", "127.0.0.1"] }), ca);
      expect(isPubliclyTrusted(socket, "store.example", roots)).toBe(true);
      expect(isPubliclyTrusted(socket, "127.0.0.1", roots)).toBe(true);
      expect(isPubliclyTrusted(socket, "other.example", roots)).toBe(false);
      expect(isPubliclyTrusted(socket, "127.0.0.2", roots)).toBe(false);
    },
  );

  it("knows no authority of the tests among the public ones", async () => {
    const socket = await connected(authority.issue({ names: ["store.example"] }), authority.cert);
    expect(isPubliclyTrusted(socket, "store.example")).toBe(false);
  });

  it("takes another authority of the same name for no issuer", async () => {
    const socket = await connected(createAuthority().issue({ names: ["store.example"] }));
    expect(isPubliclyTrusted(socket, "store.example", roots)).toBe(false);
  });

  it("takes no certificate that has expired", async () => {
    const notAfter = new Date(Date.now() - 60_000);
    const socket = await connected(authority.issue({ names: ["store.example"], notAfter }));
    expect(isPubliclyTrusted(socket, "store.example", roots)).toBe(false);
  });
});
