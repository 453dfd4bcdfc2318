import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { OPERATOR_USER } from "./scene/api-audit";
import { untilInEffect } from "./scene/grant";
import { startScene, type Scene } from "./scene/scene";
import { ROOT } from "../../lab/stage";
import { accessCheck } from "./trust/access-check";
import { apiServerAddress, defaults } from "./trust/addresses";
import { debugLog } from "./trust/debug-log";
import { operatorRights } from "./trust/operator-rights";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({
    env: { KOLLECT_GRACE_SECONDS: "0", KOLLECT_REQUIRE_SINK_ACCESS: "true", KOLLECT_LOG_LEVEL: "debug" },
  });
  await scene.stage.kubectl(["apply", "-f", join(ROOT, "config/rbac/operator-access-check.yaml")]);
  const right = { group: "authorization.k8s.io", verb: "create", resource: "subjectaccessreviews" };
  await untilInEffect(scene.stage.api, { user: OPERATOR_USER, namespace: "default", ...right }, true);
});

afterAll(async () => {
  await scene?.stop();
});

accessCheck(() => scene);
operatorRights(() => scene);
apiServerAddress(() => scene);
debugLog(() => scene);
// Restarts the operator, so it comes last.
defaults(() => scene);
