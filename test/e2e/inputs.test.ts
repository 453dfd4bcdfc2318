import { afterAll, beforeAll } from "vitest";
import { startScene, type Scene } from "./scene/scene";
import { deletedSink } from "./inputs/deleted-sink";
import { pastTheSchema } from "./inputs/past-the-schema";
import { secretInputs } from "./inputs/secrets";
import { withoutAdmission } from "./inputs/admission";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({ env: { KOLLECT_GRACE_SECONDS: "3" } });
});

afterAll(async () => {
  await scene?.stop();
});

secretInputs(() => scene);
deletedSink(() => scene);
withoutAdmission(() => scene);
// This changes the CRDs.
pastTheSchema(() => scene);
