import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAuthority, selfSigned } from "../../../bootstrap/x509";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kollect-openssl-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `openssl verify -x509_strict` prints, to either output; undefined where there is no openssl. */
function verify(authority: string, leaf: string, args: readonly string[] = []): string | undefined {
  const [ca, cert] = [join(folder, "ca.crt"), join(folder, "tls.crt")];
  writeFileSync(ca, authority);
  writeFileSync(cert, leaf);
  const only = ["-no-CApath", "-no-CAstore", "-CAfile", ca];
  const all = ["verify", "-x509_strict", ...only, ...args, cert];
  const { error, stdout, stderr } = spawnSync("openssl", all, { encoding: "utf8", timeout: 20_000 });
  return error ? undefined : `${stdout}${stderr}`;
}

const NO_OPENSSL = "there is no openssl on this machine";

it("passes openssl's strict check of RFC 5280, for each purpose", ({ skip }) => {
  const authority = createAuthority("Kollect Webhooks CA");
  const names = ["pepr-kollect-connection-test.pepr-system.svc", "127.0.0.1"];
  for (const [purpose, client] of [
    ["sslserver", false],
    ["sslclient", true],
  ] as const) {
    const { cert } = authority.issue({ names, client });
    const said = verify(authority.cert, cert, ["-purpose", purpose]) ?? skip(NO_OPENSSL);
    expect(said).toMatch(/: OK\n$/);
  }
});

it("passes the check of its name, and of no other", ({ skip }) => {
  const authority = createAuthority();
  const { cert } = authority.issue({ names: ["webhook.example"] });
  const said = (name: string): string =>
    verify(authority.cert, cert, ["-verify_hostname", name]) ?? skip(NO_OPENSSL);
  expect(said("webhook.example")).toMatch(/: OK\n$/);
  expect(said("other.example")).toContain("hostname mismatch");
});

it.for([
  ["another authority of the same name", () => createAuthority().issue({ names: ["a.example"] }).cert],
  ["its own key", () => selfSigned(["a.example"]).cert],
] as const)("does not pass when it is signed by %s", ([, leaf], { skip }) => {
  expect(verify(createAuthority().cert, leaf()) ?? skip(NO_OPENSSL)).toContain("error");
});
