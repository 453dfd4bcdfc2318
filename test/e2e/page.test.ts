import { afterAll, beforeAll } from "vitest";
import { startScene, type Scene } from "./scene/scene";
import { access } from "./page/access";
import { failureModes } from "./page/failure-modes";
import { failureReasons } from "./page/failure-reasons";
import { pipeline } from "./page/pipeline";
import { specFields } from "./page/spec-fields";
import { statusTables } from "./page/status";
import { sampleUsage } from "./page/usage";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({ deployed: true, env: { KOLLECT_GRACE_SECONDS: "1" } });
});

afterAll(async () => {
  await scene?.stop();
});

// One table of the reference page each, and the recipe that begins docs/gitops.md.
sampleUsage(() => scene);
pipeline(() => scene);
specFields(() => scene);
statusTables(() => scene);
failureReasons(() => scene);
access(() => scene);
failureModes(() => scene);
