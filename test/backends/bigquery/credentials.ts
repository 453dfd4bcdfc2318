import { describe, expect, it } from "vitest";
import { bigqueryCase } from "../../../lab/backends/bigquery";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { trusting } from "../../../lab/backends/s3";
import { expectPassed } from "../expect-report";
import { googleMetadata } from "../pod-identity";
import { accounts, run, stranger, type Stage } from "./stage";

export function credentials(stage: Stage): void {
  describe("bigquery credentials", () => {
    it("may be in the Secret of spec.secretRef", async () => {
      const { sink, secrets } = stage.as(accounts.all, {
        sharedSecret: { "credentials.json": stage.server.keyFile(accounts.all) },
      });
      const { secretRef: _own, ...bigquery } = (sink.spec as { bigquery: { secretRef?: unknown } }).bigquery;
      const shared = { ...sink, spec: { ...sink.spec, bigquery } } as ProbeCase["sink"];
      await expectPassed(run({ sink: shared, secrets }));
    });

    it("are those of spec.bigquery.secretRef when both are named", async () => {
      const sharedSecret = { "credentials.json": stage.server.keyFile(stranger) };
      await expectPassed(run(stage.as(accounts.all, { sharedSecret })));
    });

    it("are the pod's own when the administrator allows it, for Google alone", async () => {
      const token = stage.server.issueToken(accounts.all);
      const metadata = await googleMetadata(() => ({
        status: 200,
        body: JSON.stringify({ access_token: token }),
      }));
      const sink = bigqueryCase({
        endpoint: `https://bigquery.googleapis.com:${stage.server.port}`,
        tls: trusting(stage.authority.cert),
      });
      await expectPassed(run(sink, metadata.options));
      expect(metadata.requests).toHaveLength(1);
    });
  });
}
