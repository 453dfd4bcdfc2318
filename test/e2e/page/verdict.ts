import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { connectionTest } from "../../support/e2e/manifests";
import type { Scene } from "../../support/e2e/scene";

export type Conditions = Record<string, { status: string; reason: string; message: string }>;

/** By their type. */
export function conditionsOf({ status }: KollectConnectionTest): Conditions {
  return Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition]));
}

/** Creates a test of the sink `orders` and waits for its verdict. */
export async function verdictOf(
  scene: Scene,
  namespace: string,
  name = "probe",
): Promise<KollectConnectionTest> {
  const test = await scene.objects.create(connectionTest(namespace, name, "orders"));
  return scene.verdict(test as KollectConnectionTest);
}
