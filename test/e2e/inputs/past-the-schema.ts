import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SinkReference } from "../../../capabilities/api/types";
import { changeSchema, createWhenValid, propertyOf } from "../scene/crds";
import { postgresSink } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { expectVerdictsGoOn } from "./healthy";

const REFERENCES: readonly (readonly [string, SinkReference, RegExp])[] = [
  ["no sink", {}, /names no sink\. Set exactly one of/],
  ["two sinks", { databaseSinkRef: "a", eventSinkRef: "b" }, /sets databaseSinkRef and eventSinkRef/],
  [
    "a name that climbs",
    { databaseSinkRef: "../../../secrets/x" },
    /databaseSinkRef is not the name of an object/,
  ],
  ["an empty name", { snapshotSinkRef: "" }, /snapshotSinkRef is not the name of an object/],
];

/** What a looser schema than ours, as another installer's may be, lets through. */
export function pastTheSchema(scene: () => Scene): void {
  describe("an object that got past the schema", () => {
    const undo: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      const { objects } = scene();
      undo.push(
        await changeSchema(objects, "kollectdatabasesinks", (schema) => {
          delete propertyOf(schema, "spec", "type").enum;
          return schema;
        }),
        await changeSchema(objects, "kollectconnectiontests", (schema) => {
          const sinkRef = propertyOf(schema, "spec", "sinkRef");
          delete sinkRef["x-kubernetes-validations"];
          for (const name of Object.values(sinkRef.properties ?? {})) {
            delete name.pattern;
            delete name["minLength"];
          }
          return schema;
        }),
      );
    });
    afterEach(() => expectVerdictsGoOn(scene()));
    afterAll(async () => {
      for (const step of undo) await step();
    });

    it.for(REFERENCES)("with %s in sinkRef gives InvalidSinkRef", async ([, sinkRef, message]) => {
      const namespace = await scene().namespace();

      const test = await createWhenValid(() => scene().test(namespace, { spec: { sinkRef } }));

      const { status } = await scene().verdict(test);
      expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason: "InvalidSinkRef" });
      expect(status?.conditions?.[0]?.message).toMatch(message);
      expect(status?.probe).toBeUndefined();
    });

    it("with an unknown type of sink gives InvalidConfiguration, and the types that are known", async () => {
      const namespace = await scene().namespace();
      const sink = postgresSink(namespace, "orders");
      const type = "redis\u0007" as "postgres";
      await createWhenValid(() => scene().objects.create({ ...sink, spec: { ...sink.spec, type } }));

      const test = await scene().test(namespace);

      const { status } = await scene().verdict(test);
      expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason: "ConnectionTestFailed" });
      expect(status?.conditions?.[0]?.message).toMatch(
        /^spec\.type is "redis\W*", which cannot be probed\. Supported: .*postgres/,
      );
      expect(status?.probe?.cause).toBe("InvalidConfiguration");
    });
  });
}
