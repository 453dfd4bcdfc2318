import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { dsnOf, secret } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { refusedPort } from "../../../lab/faults";
import { conditionsOf, verdictOf } from "./verdict";

export function failureReasons(scene: () => Scene): void {
  const probe = (namespace: string, name?: string): Promise<KollectConnectionTest> =>
    verdictOf(scene(), namespace, name);

  describe.concurrent("failure reasons", () => {
    it("SinkNotFound for a missing sink, until it is applied and the test run again", async () => {
      const namespace = await scene().namespace();

      const failed = await probe(namespace);
      await scene().sink(namespace, "orders");

      expect(conditionsOf(failed).ConnectionVerified).toMatchObject({
        status: "False",
        reason: "SinkNotFound",
      });
      expect(failed.status?.probe).toBeUndefined();
      expect(conditionsOf(await probe(namespace, "again")).ConnectionVerified?.status).toBe("True");
    });

    it.for([
      ["SecretNotFound", undefined, /Secret orders, which spec\.postgres\.databaseRef names, does not exist/],
      ["SecretKeyMissing", { password: "s3cret" }, /Secret orders .*dsn/],
      ["SecretValueInvalid", { dsn: "" }, /dsn.*Secret orders|Secret orders.*dsn/],
      [
        "SecretValueInvalid",
        { dsn: "postgres://user:p4ss@:bad:port/x" },
        /dsn.*Secret orders|Secret orders.*dsn/,
      ],
    ] as const)(
      "SecretResolveFailed, %s, for a bad databaseRef, until it is right",
      async ([cause, stringData, message]) => {
        const namespace = await scene().namespace();
        const sink = await scene().sink(namespace, "orders");
        await scene().objects.remove(secret(namespace, "orders", {}));
        if (stringData) await scene().objects.create(secret(namespace, "orders", stringData));

        const failed = await probe(namespace);
        await scene().objects.remove(sink);
        await scene().sink(namespace, "orders");

        expect(conditionsOf(failed).ConnectionVerified).toMatchObject({
          status: "False",
          reason: "SecretResolveFailed",
        });
        expect(conditionsOf(failed).ConnectionVerified?.message).toMatch(message);
        expect(JSON.stringify(failed)).not.toMatch(/p4ss|s3cret/);
        expect(failed.status?.probe).toEqual({ cause });
        expect(conditionsOf(await probe(namespace, "again")).ConnectionVerified?.status).toBe("True");
      },
    );

    it("ConnectionTestFailed when nothing listens, until the DSN is right", async () => {
      const namespace = await scene().namespace();
      const { port } = await refusedPort();
      await scene().sink(namespace, "orders", { port });

      const failed = await probe(namespace);
      const { host, port: right, superuser } = scene().postgres;
      await scene().objects.apply(
        secret(namespace, "orders", { dsn: dsnOf({ host, port: right, ...superuser }) }),
      );

      expect(conditionsOf(failed).ConnectionVerified?.reason).toBe("ConnectionTestFailed");
      expect(failed.status?.probe).toMatchObject({
        cause: "ConnectionRefused",
        endpoint: `127.0.0.1:${port}`,
      });
      expect(conditionsOf(await probe(namespace, "again")).ConnectionVerified?.status).toBe("True");
    });

    it.for([
      ["AuthenticationFailed", { password: "not-the-password" }],
      ["AuthenticationFailed", { user: "unknown-user" }],
      ["TargetNotFound", { database: "no-such-database" }],
    ] as const)("ConnectionTestFailed, %s, for %j", async ([cause, dsn]) => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders", dsn);

      const failed = await probe(namespace);

      expect(conditionsOf(failed).ConnectionVerified).toMatchObject({
        status: "False",
        reason: "ConnectionTestFailed",
      });
      expect(failed.status?.probe?.cause).toBe(cause);
    });
  });
}
