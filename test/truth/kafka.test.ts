import { afterAll, beforeAll } from "vitest";
import { exportToKafka } from "../../lab/exporter/kafka";
import { CONFIGURATION } from "./kafka/configuration";
import { RIGHTS } from "./kafka/rights";
import { startKafkaTruth, type KafkaTruth } from "./kafka/server";
import { truthTable } from "./truth-table";

let truth: KafkaTruth;
beforeAll(async () => {
  truth = await startKafkaTruth();
});
afterAll(() => truth?.server.stop());

truthTable({
  type: "kafka",
  rows: [...RIGHTS, ...CONFIGURATION],
  exporter: exportToKafka,
  server: () => truth,
});
