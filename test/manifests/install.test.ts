import { afterAll, beforeAll } from "vitest";
import { bootstrapTests } from "./install/bootstrap";
import { chartTests } from "./install/chart";
import { kustomizationTests } from "./install/kustomization";
import { podTests } from "./install/pods";
import { rightsTests } from "./install/rights";
import { ruleTests } from "./install/rules";
import { sameBytesTests } from "./install/same-bytes";
import { startInstallStage, type InstallStage } from "./install/stage";

let running: InstallStage | undefined;

function stage(): InstallStage {
  if (!running) throw new Error("nothing has been rendered");
  return running;
}

beforeAll(async () => {
  running = await startInstallStage();
});

afterAll(async () => {
  await running?.stop();
});

// In this order: the chart is installed where nothing else is, and the Job's objects stay.
chartTests(stage);
kustomizationTests(stage);
ruleTests(stage);
rightsTests(stage);
podTests(stage);
bootstrapTests(stage);
sameBytesTests(stage);
