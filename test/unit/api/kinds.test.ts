import { modelToGroupVersionKind } from "kubernetes-fluent-client";
import { expect, it } from "vitest";
import { KollectConnectionTest, SINK_CLASSES } from "../../../capabilities/api/kinds";
import { KIND_DEFINITIONS } from "../../../capabilities/api/schema";

const MODELS = [KollectConnectionTest, ...Object.values(SINK_CLASSES)];

it("registers every kind with the framework under its group, version and plural", () => {
  expect(MODELS.map((model) => modelToGroupVersionKind(model.name))).toEqual(
    KIND_DEFINITIONS.map(({ kind, plural }) => ({ group: "kollect.dev", version: "v1alpha1", kind, plural })),
  );
});
