import type { KollectConnectionTest } from "../../../capabilities/api/types";
import type { Scene } from "../scene/scene";

export type Conditions = Record<string, { status: string; reason: string; message: string }>;

/** By their type. */
export function conditionsOf({ status }: KollectConnectionTest): Conditions {
  return Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition]));
}

/** Creates a test of the sink `orders` and waits for its verdict. */
export async function verdictOf(
  scene: Scene,
  namespace: string,
  name?: string,
): Promise<KollectConnectionTest> {
  return scene.verdict(await scene.test(namespace, { name }));
}
