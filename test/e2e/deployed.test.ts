import { afterAll, beforeAll } from "vitest";
import { startInstallation, type Installation } from "./deployed/installation";
import { peprDeployment } from "./deployed/pepr-deploy";
import { deployedRights } from "./deployed/rights";
import { uninstall } from "./deployed/uninstall";
import { upgrade } from "./deployed/upgrade";

let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation();
});

afterAll(async () => {
  await installation?.stop();
});

// One story: each part goes on where the one before it has ended.
peprDeployment(() => installation);
deployedRights(() => installation);
upgrade(() => installation);
uninstall(() => installation);
