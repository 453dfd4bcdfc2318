import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, trusting } from "../../../lab/backends/s3";
import type { WebAnswer } from "../../../lab/servers/web";
import { expectFailure, expectPassed } from "../expect-report";
import { googleMetadata, resolvingTo, withPodIdentity } from "../pod-identity";
import { run, writer, type Stage } from "./stage";

export function podIdentity(stage: Stage): void {
  describe("gcs with the pod's own identity", () => {
    /** Google's own endpoint, for a sink without a Secret. */
    const withoutSecret = (): ProbeCase =>
      s3Case(`https://storage.googleapis.com:${stage.server.port}/${BUCKET}`, {
        type: "gcs",
        secret: null,
        tls: trusting(stage.authority.cert),
      });

    it("takes its token from the metadata server and shows it to Google alone", async () => {
      const token = stage.server.issueToken(writer);
      const body = JSON.stringify({ access_token: token, expires_in: 3600, token_type: "Bearer" });
      const metadata = await googleMetadata(({ headers }) =>
        headers["metadata-flavor"] === "Google" ? { status: 200, body } : { status: 403 },
      );
      const report = await expectPassed(run(withoutSecret(), metadata.options));
      expect(report.insecure).toBeUndefined();
      expect(JSON.stringify(report)).not.toContain(token);
      expect(metadata.requests.map(({ path }) => path)).toEqual([
        "/computeMetadata/v1/instance/service-accounts/default/token" +
          "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write",
      ]);
    });

    it.each<[what: string, answer: WebAnswer, cause: Cause]>([
      ["answers with a fault", { status: 404, body: "canary-server-message" }, "NoCredentials"],
      ["has no token", { status: 200, body: "{}" }, "ProtocolError"],
    ])("reports it when the metadata server %s", async (_what, answer, cause) => {
      const metadata = await googleMetadata(() => answer);
      await expectFailure(run(withoutSecret(), metadata.options), cause);
    });

    it.each(["https://169.254.169.254/inventory", "http://metadata.google.internal/inventory"])(
      "opens no way to the metadata server for a sink's own endpoint %s",
      async (endpoint) => {
        const options = { ...withPodIdentity({}), ...resolvingTo("169.254.169.254") };
        await expectFailure(
          run(stage.keyCase(endpoint, stage.server.keyFile(writer)), options),
          "AddressDenied",
        );
      },
    );
  });
}
