import { describe, expect, it } from "vitest";
import { at, WRITER, WRONG_PASSWORD, type KafkaStage } from "../../../lab/backends/kafka";
import { blackHole, proxy, refusedPort } from "../../../lab/faults";
import { expectFailure, expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run } from "./stage";

export function brokers(stage: KafkaStage): void {
  describe("kafka: brokers", () => {
    it("uses the first broker that answers", async () => {
      const report = await expectPassed(
        run({ brokers: [await refusedPort(), ...at(stage, "SASL")], secret: WRITER }),
      );
      expect(results(report)).toMatchObject({ Connect: "Passed", Authorize: "Passed" });
    });

    it("gives a silent broker no more than its share", async () => {
      const silent = await duringTest(blackHole());
      const brokers = [silent, ...at(stage, "SASL")];
      const report = await expectPassed(run({ brokers, secret: WRITER }, { timeoutMs: 4000 }));
      expect(report.latencyMs).toBeGreaterThanOrEqual(1950);
    });

    it("names every broker when none can be reached", async () => {
      const brokers = [await refusedPort(), { host: "no-such-broker.invalid", port: 9092 }];
      const report = await expectFailure(
        run({ brokers }),
        "ConnectionRefused",
        /^None of the 2 brokers can be used\./,
      );
      expect(report.failure?.message).toContain(`${brokers[0]?.host}:${brokers[0]?.port}`);
      expect(report.failure?.message).toContain("no-such-broker.invalid");
    });

    it("does not try a refused password at the next broker", async () => {
      const next = await duringTest(blackHole());
      const secret = { username: WRITER.username, password: WRONG_PASSWORD };
      await expectFailure(run({ brokers: [...at(stage, "SASL"), next], secret }), "AuthenticationFailed");
      expect(next.seen()).toBe(0);
    });

    it("reports Unreachable when the connection is cut during the answer", async () => {
      const cut = await duringTest(
        proxy({ host: "127.0.0.1", port: stage.server.port("SASL") }, { cutAfterBytes: 40 }),
      );
      await expectFailure(run({ brokers: [cut], secret: WRITER }), "Unreachable", /closed the connection/);
    });
  });

  describe("kafka: advertised addresses", () => {
    it("refuses an advertised address that the policy denies, without dialling it", async () => {
      const report = await expectFailure(
        run({ brokers: at(stage, "METADATA") }),
        "AddressDenied",
        /Broker 1, .*advertises an address \(an IPv4 address\), which is one that probes may not dial/,
      );
      expect(results(report)).toMatchObject({
        Resolve: "Failed",
        Verify: expect.stringMatching(/^Skipped: /),
      });
    });

    it("reports ConnectionRefused when no server listens at the advertised address", async () => {
      await expectFailure(
        run({ brokers: at(stage, "NOWHERE") }),
        "ConnectionRefused",
        /advertises an address \(an IPv4 address\), which no server listens at\. Check advertised\.listeners/,
      );
    });

    it("does not repeat a name that only the broker gave", async () => {
      const report = await expectFailure(
        run({ brokers: at(stage, "NAMELESS") }),
        "NameResolutionFailed",
        /advertises an address, which does not resolve/,
      );
      expect(JSON.stringify(report)).not.toContain("broker.invalid");
    });
  });
}
