import { connect, createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { isPubliclyTrusted } from "../../../../capabilities/probes/git/gitlab/public-trust";
import { createAuthority, selfSigned, type Issued } from "../../../../lab/pki";

const PUBLIC = createAuthority("A public CA");
const PRIVATE = createAuthority("A private CA");
const YESTERDAY = new Date(Date.now() - 86_400_000);

/** A connection that verified nothing, to a server with this certificate. */
async function connectedTo(issued: Issued): Promise<TLSSocket> {
  const server = createServer(issued);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  return socket;
}

describe("a server whose connection was verified otherwise", () => {
  it.each([
    ["of a public authority", () => PUBLIC.issue({ names: ["git.example.com"] }), true],
    ["of a wildcard", () => PUBLIC.issue({ names: ["*.example.com"] }), true],
    ["of another name", () => PUBLIC.issue({ names: ["other.example.com"] }), false],
    ["of a private authority", () => PRIVATE.issue({ names: ["git.example.com"] }), false],
    ["signed by itself", () => selfSigned(["git.example.com"]), false],
    ["that has expired", () => PUBLIC.issue({ names: ["git.example.com"], notAfter: YESTERDAY }), false],
  ])("%s is publicly trusted: %s", async (_, issue, expected) => {
    const socket = await connectedTo(issue());
    expect(isPubliclyTrusted(socket, "git.example.com", [PUBLIC.cert])).toBe(expected);
  });

  it("is judged by its address where that is the host", async () => {
    const socket = await connectedTo(PUBLIC.issue({ names: ["127.0.0.1"] }));
    expect(isPubliclyTrusted(socket, "127.0.0.1", [PUBLIC.cert])).toBe(true);
    expect(isPubliclyTrusted(socket, "127.0.0.2", [PUBLIC.cert])).toBe(false);
  });

  it("is not trusted by the authorities of Node, nor without a connection", async () => {
    expect(
      isPubliclyTrusted(await connectedTo(PUBLIC.issue({ names: ["git.example.com"] })), "git.example.com"),
    ).toBe(false);
    expect(isPubliclyTrusted(undefined, "git.example.com", [PUBLIC.cert])).toBe(false);
  });
});
