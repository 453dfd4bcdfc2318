import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { issueCertificate, reasonToRenew, RENEW_DAYS, VALID_DAYS } from "../../../bootstrap/certificate";
import { createAuthority } from "../../../bootstrap/x509";

const NAMES = ["operator.system.svc", "watcher.system.svc"];
const NOW = new Date("2026-03-01T12:00:00Z");
const good = issueCertificate(NAMES, NOW);
const another = issueCertificate(NAMES, NOW);
const SUBJECT_KEY = 14;
const AUTHORITY_KEY = 35;
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

describe("the webhooks' certificate", () => {
  it("names every server, and cannot sign another certificate", () => {
    const server = new X509Certificate(good.certificate);
    for (const name of NAMES) expect(server.checkHost(name)).toBe(name);
    expect(server.ca).toBe(false);
    expect(new X509Certificate(good.authorities).ca).toBe(true);
  });

  it("names its authority's key, and so does the authority", () => {
    const [server, authority] = [good.certificate, good.authorities].map((pem) => new X509Certificate(pem));
    const identifier = extensionOf(authority, SUBJECT_KEY).subarray(2);
    expect(identifier).toHaveLength(20);
    for (const each of [server, authority]) {
      // A sequence with the key identifier as its member [0] (RFC 5280, section 4.2.1.1).
      const named = Buffer.concat([Buffer.from([0x30, 22, 0x80, 20]), identifier]);
      expect(extensionOf(each, AUTHORITY_KEY)).toEqual(named);
    }
  });

  it("is told apart from that of another authority with the same name", () => {
    const [issuer, namesake] = [createAuthority("shared name"), createAuthority("shared name")];
    const server = new X509Certificate(issuer.issue({ names: NAMES }).cert);
    // Names and key identifiers are compared here, no signature.
    expect(server.checkIssued(new X509Certificate(issuer.cert))).toBe(true);
    expect(server.checkIssued(new X509Certificate(namesake.cert))).toBe(false);
  });

  it.each<[string, Parameters<typeof reasonToRenew>, string]>([
    ["is missing", [{}, NAMES, NOW], "there is none yet"],
    ["has no key", [{ ...good, key: "" }, NAMES, NOW], "there is none yet"],
    ["cannot be read", [{ ...good, certificate: "none" }, NAMES, NOW], "cannot be read"],
    ["has another's key", [{ ...good, key: another.key }, NAMES, NOW], "another certificate"],
    ["is another authority's", [{ ...good, authorities: another.authorities }, NAMES, NOW], "no authority"],
    ["lacks a name", [good, [...NAMES, "third.system.svc"], NOW], "does not name third.system.svc"],
    ["comes to its end", [good, NAMES, later(VALID_DAYS - RENEW_DAYS + 1)], "it ends in 119 days"],
    ["has ended", [good, NAMES, later(VALID_DAYS + 1)], "it ends in -1 days"],
  ])("is renewed when it %s", (_, args, reason) => {
    expect(reasonToRenew(...args)).toContain(reason);
  });

  it("is left alone while it is good", () => {
    expect(reasonToRenew(good, NAMES, NOW)).toBeUndefined();
    expect(reasonToRenew(good, NAMES, later(VALID_DAYS - RENEW_DAYS - 1))).toBeUndefined();
  });

  it("keeps the authorities that servers may still use, and drops those that have expired", () => {
    const second = issueCertificate(NAMES, later(300), good.authorities);
    expect(second.authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const third = issueCertificate(NAMES, later(400), second.authorities);
    expect(third.authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(third.authorities).not.toContain(good.authorities.trim());
    expect(reasonToRenew(third, NAMES, later(400))).toBeUndefined();
  });
});

/** Value of the extension id-ce (2.5.29) of this number; not critical, and shorter than 128 bytes. */
function extensionOf(certificate: X509Certificate | undefined, number: number): Buffer {
  const raw = certificate?.raw ?? Buffer.alloc(0);
  const id = Buffer.from([0x06, 3, 0x55, 0x1d, number, 0x04]);
  const at = raw.indexOf(id);
  if (at < 0) throw new Error(`the certificate has no extension 2.5.29.${number}`);
  const start = at + id.length + 1;
  return raw.subarray(start, start + (raw[start - 1] ?? 0));
}
