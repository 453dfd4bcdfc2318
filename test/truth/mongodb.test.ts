import { afterAll, beforeAll } from "vitest";
import { exportToMongodb, exportToMongodbAsReleased } from "../../lab/exporter/mongodb";
import { PRINTED } from "./mongodb/printed";
import { RIGHTS } from "./mongodb/rights";
import { row, startScene, type Scene } from "./mongodb/scene";
import { STATES } from "./mongodb/states";
import { STRINGS } from "./mongodb/strings";
import { TLS } from "./mongodb/tls";
import { truthTable } from "./truth-table";

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());

/** Version 0.18 reads no Secret of this type: these rows are about a build that does. */
truthTable<Scene>({
  type: "mongodb",
  rows: [...RIGHTS, ...PRINTED, ...STATES, ...STRINGS, ...TLS],
  exporter: exportToMongodb,
  server: () => scene,
  lifted: ["SecretNotRead"],
  // Some rows speak TLS to a server that does not, and it waits for more.
  options: { timeoutMs: 2000 },
});

truthTable<Scene>({
  type: "mongodb",
  rows: [row("secret-not-read", "a working set, for the version as it was released", "C")],
  exporter: exportToMongodbAsReleased,
  server: () => scene,
});
