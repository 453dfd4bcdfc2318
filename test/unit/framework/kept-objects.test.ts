import { expect, it } from "vitest";
import { detached } from "../../../capabilities/framework/kept-objects";

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
  expect(detached(shown)).toEqual(whole());
  const { apiVersion, kind } = shown;
  expect(JSON.parse(JSON.stringify(shown))).toEqual({ apiVersion, kind, metadata: IDENTITY });
});

it("gives away what was left when the object is shown again", () => {
  const shown = { metadata: { ...IDENTITY }, spec: {} };
  detached(shown);
  expect(detached(shown)).toEqual({ metadata: IDENTITY });
});
