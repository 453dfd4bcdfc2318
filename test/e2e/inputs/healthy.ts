import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Scene } from "../scene/scene";

/** Asserts that the operator goes on: a test of a healthy sink still gets its verdict. */
export async function expectVerdictsGoOn(scene: Scene): Promise<void> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "healthy");
  const name = `healthy-${randomBytes(3).toString("hex")}`;
  const { status } = await scene.verdict(await scene.test(namespace, { name, sink: "healthy" }));
  expect(status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
}
