import { afterAll, beforeAll } from "vitest";
import { startScene, type Scene } from "./scene/scene";
import { endsOfRuns } from "./life/ends-of-runs";
import { gitops } from "./life/gitops";
import { grace } from "./life/grace";
import { ownership } from "./life/ownership";
import { requester } from "./life/requester";
import { reruns } from "./life/reruns";
import { sharing } from "./life/sharing";
import { sinkChanges } from "./life/sink-changes";
import { statusWrites } from "./life/status-writes";
import { timeToLive } from "./life/time-to-live";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({
    env: { KOLLECT_GRACE_SECONDS: "5" },
    // What OpenShift has by default: setting an owner reference needs more than patch.
    controlPlane: { admissionPlugins: ["OwnerReferencesPermissionEnforcement"] },
  });
});

afterAll(async () => {
  await scene?.stop();
});

statusWrites(() => scene);
reruns(() => scene);
endsOfRuns(() => scene);
ownership(() => scene);
gitops(() => scene);
grace(() => scene);
timeToLive(() => scene);
sharing(() => scene);
sinkChanges(() => scene);
requester(() => scene);
