import { X509Certificate } from "node:crypto";
import { connect, createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { webhookConfigurations } from "../../lab/operator/installation";
import type { KubeObject } from "../../lab/operator/objects";
import { connectedWatches } from "../../lab/operator/operator-endpoint";
import { servingCertificate } from "../../lab/operator/serving-certificate";

describe("servingCertificate", () => {
  it("is accepted for localhost by a client that trusts it alone", async () => {
    const { key, certificate } = servingCertificate(new Date());
    const server = createServer({ key, cert: certificate }, (socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const socket = connect({ host: "127.0.0.1", port, ca: certificate, servername: "localhost" });
      const received: string[] = [];
      for await (const chunk of socket) received.push(String(chunk));
      expect(received.join("")).toBe("hello");
    } finally {
      server.close();
    }
  });

  it("holds from an hour before to a day after the given time, and names the loopback interface alone", () => {
    const certificate = new X509Certificate(servingCertificate(new Date("2031-03-04T05:06:07Z")).certificate);

    expect(new Date(certificate.validFrom).toISOString()).toBe("2031-03-04T04:06:07.000Z");
    expect(new Date(certificate.validTo).toISOString()).toBe("2031-03-05T05:06:07.000Z");
    expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  });
});

describe("webhookConfigurations", () => {
  it("rewrites the address and the CA, and keeps everything else", () => {
    const clientConfig = {
      caBundle: "old",
      service: { name: "s", namespace: "n", path: "/mutate/secret\n" },
    };
    const webhook = { name: "w", failurePolicy: "Fail", timeoutSeconds: 10, clientConfig };
    const generated: KubeObject = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "m" },
      webhooks: [webhook],
    };
    const other: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };

    const rewritten = webhookConfigurations([other, generated], { origin: "https://localhost:1", ca: "PEM" });

    const expected = { url: "https://localhost:1/mutate/secret", caBundle: "UEVN" };
    expect(rewritten).toEqual([{ ...generated, webhooks: [{ ...webhook, clientConfig: expected }] }]);
  });
});

describe("connectedWatches", () => {
  it.each([
    ["# nothing yet", 0],
    ['pepr_resync_failure_count{count="0"} 8\npepr_resync_failure_count{count="1"} 3', 8],
    ['pepr_resync_failure_count{count="10"} 2', 0],
  ])("reads %j as %i", (metrics, expected) => {
    expect(connectedWatches(metrics)).toBe(expected);
  });
});
