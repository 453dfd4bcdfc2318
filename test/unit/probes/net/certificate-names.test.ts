import type { PeerCertificate } from "node:tls";
import { describe, expect, it } from "vitest";
import { isPrivateAddress } from "../../../../capabilities/probes/net/address-policy";
import { tlsConnectOptions } from "../../../../capabilities/probes/net/tls";

describe("the names of a certificate", () => {
  const { checkServerIdentity } = tlsConnectOptions({ servername: "db.shop", insecureSkipVerify: false });
  const check = (host: string, certificate: object): Error | undefined =>
    checkServerIdentity?.(host, certificate as PeerCertificate);

  it("are its subject alternative names, as for every Go client", () => {
    expect(check("db.shop", { subject: { CN: "other" }, subjectaltname: "DNS:db.shop" })).toBeUndefined();
    expect(check("10.0.0.5", { subject: {}, subjectaltname: "IP Address:10.0.0.5" })).toBeUndefined();
    expect(check("db.shop", { subject: { CN: "db.shop" }, subjectaltname: "DNS:other" })).toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });
  it("are never its Common Name alone", () => {
    expect(check("db.shop", { subject: { CN: "db.shop" } })).toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });
});

describe("isPrivateAddress", () => {
  it.each(["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1"])(
    "is true for %s",
    (address) => {
      expect(isPrivateAddress(address)).toBe(true);
    },
  );
  it.each(["9.255.255.255", "172.32.0.1", "192.169.0.1", "2001:db8::1", "127.0.0.1", "db.shop"])(
    "is false for %s",
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
