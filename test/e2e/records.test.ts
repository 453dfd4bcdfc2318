import { afterAll, beforeAll } from "vitest";
import { startScene, type Scene } from "./scene/scene";
import { auditTrail } from "./records/audit-trail";
import { events } from "./records/events";
import { metrics } from "./records/metrics";
import { secrecy } from "./records/secrecy";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({ env: { KOLLECT_GRACE_SECONDS: "0" } });
});

afterAll(async () => {
  await scene?.stop();
});

// First, while nothing else has been counted.
metrics(() => scene);
events(() => scene);
auditTrail(() => scene);
secrecy(() => scene);
