import { afterAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { operatorRequests, type AuditedRequest } from "../scene/api-audit";
import { postgresSink, secret } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { expectVerdictsGoOn } from "./healthy";

/** Would be shown if a value of a Secret were. */
const MARK = "x7-never-shown";

const VALUES: readonly (readonly [string, Record<string, string>, string, string])[] = [
  ["an empty value", { dsn: "" }, "SecretResolveFailed", "SecretValueInvalid"],
  ["blanks", { dsn: " \n" }, "SecretResolveFailed", "SecretValueInvalid"],
  ["another scheme", { dsn: `mysql://u:${MARK}@127.0.0.1:1/x` }, "SecretResolveFailed", "SecretValueInvalid"],
  [
    "a port that is none",
    { dsn: `postgres://u:${MARK}@127.0.0.1:99999/x` },
    "SecretResolveFailed",
    "SecretValueInvalid",
  ],
  [
    "a broken escape",
    { dsn: `postgres://u:%zz${MARK}@127.0.0.1/x` },
    "SecretResolveFailed",
    "SecretValueInvalid",
  ],
  ["prose", { dsn: `please use ${MARK}` }, "SecretResolveFailed", "SecretValueInvalid"],
  ["a NUL", { dsn: `postgres://u:${MARK}@127.0.0.1/x\0y` }, "SecretResolveFailed", "SecretValueInvalid"],
  [
    "a megabyte less a bit",
    { dsn: `postgres://u:${MARK.repeat(40_000)}@127.0.0.1/x` },
    "SecretResolveFailed",
    "SecretValueInvalid",
  ],
];

const REFERENCES: readonly (readonly [string, (other: string) => { name: string; namespace?: string }])[] = [
  ["of another namespace that exists", (other) => ({ name: "foreign", namespace: other })],
  ["of another namespace that does not exist", (other) => ({ name: "absent", namespace: other })],
  ["whose name climbs into another namespace", (other) => ({ name: `../../${other}/secrets/foreign` })],
  ["whose name is encoded to climb", (other) => ({ name: `..%2f..%2f${other}%2fsecrets%2fforeign` })],
  ["whose namespace climbs", (other) => ({ name: "foreign", namespace: `../${other}` })],
];

export function secretInputs(scene: () => Scene): void {
  const verdictOf = async (namespace: string): Promise<KollectConnectionTest> =>
    scene().verdict(await scene().test(namespace));

  describe.concurrent("a Secret", () => {
    afterAll(() => expectVerdictsGoOn(scene()));

    it.for(VALUES)(
      "with %s fails with a message that names the key and never the value",
      async ([, data, reason, cause]) => {
        const namespace = await scene().namespace();
        await scene().objects.create(secret(namespace, "orders", data));
        await scene().objects.create(postgresSink(namespace, "orders"));

        const { status } = await verdictOf(namespace);

        expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason });
        expect(status?.probe).toEqual({ cause });
        expect(status?.conditions?.[0]?.message).toMatch(/dsn/);
        expect(JSON.stringify(status)).not.toContain(MARK);
      },
    );

    it.for(REFERENCES)("%s is refused without being read", async ([, referenceTo]) => {
      const [namespace, other] = await Promise.all([scene().namespace(), scene().namespace()]);
      await scene().objects.create(secret(other, "foreign", { dsn: `postgres://u:${MARK}@127.0.0.1/x` }));
      await scene().objects.create(postgresSink(namespace, "orders", referenceTo(other)));

      const { status } = await verdictOf(namespace);

      expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason: "SecretResolveFailed" });
      expect(status?.conditions?.[0]?.message).toMatch(/spec\.postgres\.databaseRef/);
      expect(status?.probe).toEqual({ cause: "ReferenceForbidden" });
      const reads = ({ uri }: AuditedRequest): boolean =>
        uri.includes("/secrets") && (uri.includes(other) || uri.includes(namespace));
      expect(operatorRequests(scene().stage.cluster).filter(reads)).toEqual([]);
    });

    it("of another namespace is refused in the same words whether it exists or not", async () => {
      const other = await scene().namespace();
      await scene().objects.create(secret(other, "foreign", { dsn: MARK }));
      const messages: (string | undefined)[] = [];
      for (const name of ["foreign", "absentt"]) {
        const namespace = await scene().namespace();
        await scene().objects.create(postgresSink(namespace, "orders", { name, namespace: other }));
        const { status } = await verdictOf(namespace);
        messages.push(status?.conditions?.[0]?.message.replaceAll(name, "NAME").replaceAll(namespace, "OWN"));
      }

      expect(messages[0]).toBe(messages[1]);
    });
  });
}
