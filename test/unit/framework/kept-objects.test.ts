import { expect, it } from "vitest";
import { taken } from "../../../capabilities/framework/kept-objects";

const IDENTITY = { name: "a", namespace: "shop", uid: "1", resourceVersion: "7", generation: 2 };

it("gives all of an object away, and leaves what identifies it", () => {
  const whole = () => ({
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectEventSink",
    metadata: { ...IDENTITY, annotations: { large: "x" }, ownerReferences: [], deletionTimestamp: "now" },
    spec: { type: "nats" },
    status: { conditions: [] },
    other: "x",
  });
  const shown = whole();
  expect(taken(shown)).toEqual(whole());
  const { apiVersion, kind } = shown;
  expect(JSON.parse(JSON.stringify(shown))).toEqual({ apiVersion, kind, metadata: IDENTITY });
});

it("gives away what was left when the object is shown again", () => {
  const shown = { metadata: { ...IDENTITY }, spec: {} };
  taken(shown);
  expect(taken(shown)).toEqual({ metadata: IDENTITY });
});
