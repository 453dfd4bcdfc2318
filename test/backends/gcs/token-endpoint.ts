import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { BUCKET } from "../../../lab/backends/s3";
import { refusedPort } from "../../../lab/faults";
import { createAuthority } from "../../../lab/pki";
import { startWeb, type WebAnswer } from "../../../lab/servers/web";
import { expectFailure } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, writer, type Stage } from "./stage";

export function tokenEndpoint(stage: Stage): void {
  describe("the token endpoint of a key file", () => {
    it.each([
      "https://169.254.169.254/token",
      "https://[::ffff:169.254.169.254]/token",
      "https://2852039166/token",
    ])("is refused by the address policy: %s", async (token_uri) => {
      await expectFailure(run(stage.at(BUCKET, writer, { token_uri })), "AddressDenied");
    });

    it("is reported when nothing listens there", async () => {
      const { port } = await refusedPort();
      await expectFailure(
        run(stage.at(BUCKET, writer, { token_uri: `https://localhost:${port}/token` })),
        "ConnectionRefused",
        `localhost:${port}`,
      );
    });

    it("must show a certificate that the sink trusts", async () => {
      const web = await duringTest(
        startWeb(() => ({ status: 200 }), createAuthority("Other").issue({ names: ["localhost"] })),
      );
      await expectFailure(
        run(stage.at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` })),
        "TLSUntrusted",
      );
      expect(web.requests).toEqual([]);
    });

    it.each<[what: string, answer: WebAnswer, cause: Cause]>([
      ["a redirect", { status: 307, headers: { location: "https://127.0.0.1:1/" } }, "ProtocolError"],
      ["nonsense", { status: 200, body: "<html>" }, "ProtocolError"],
      ["a token that is none", { status: 200, body: '{"access_token":"a b\\r\\nx: y"}' }, "ProtocolError"],
      ["a fault", { status: 503, body: "" }, "Unreachable"],
    ])("is reported when it answers with %s", async (_what, answer, cause) => {
      const web = await duringTest(startWeb(() => answer, stage.authority.issue({ names: ["localhost"] })));
      await expectFailure(
        run(stage.at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` })),
        cause,
      );
      expect(web.requests).toHaveLength(1);
    });
  });
}
