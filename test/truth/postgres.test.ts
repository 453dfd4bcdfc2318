import { afterAll, beforeAll } from "vitest";
import { exportToPostgres } from "../../lab/exporter/postgres";
import { startScene, type Scene } from "./postgres/scene";
import { FURTHER } from "./postgres/further";
import { PUBLICATIONS } from "./postgres/publications";
import { RIGHTS } from "./postgres/rights";
import { PARAMETERS } from "./postgres/parameters";
import { PRINTED } from "./postgres/printed";
import { STATES } from "./postgres/states";
import { STRINGS } from "./postgres/strings";
import { TABLES } from "./postgres/tables";
import { TLS } from "./postgres/tls";
import { truthTable } from "./truth-table";

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());

truthTable<Scene>({
  type: "postgres",
  rows: [
    ...RIGHTS,
    ...TABLES,
    ...STATES,
    ...PARAMETERS,
    ...STRINGS,
    ...TLS,
    ...PRINTED,
    ...FURTHER,
    ...PUBLICATIONS,
  ],
  exporter: exportToPostgres,
  server: () => scene,
});
