import { afterAll, beforeAll } from "vitest";
import { exportToGit } from "../../lab/exporter/git";
import { BRANCH_ROWS } from "./git/branch-rows";
import { LOGIN_ROWS } from "./git/login-rows";
import { startHttpServers, type HttpServers } from "./git/server";
import { STATE_ROWS } from "./git/state-rows";
import { TLS_ROWS } from "./git/tls-rows";
import { truthTable } from "./truth-table";

let servers: HttpServers;
beforeAll(async () => {
  servers = await startHttpServers();
});
afterAll(() => servers?.stop());

truthTable({
  type: "git",
  rows: [...LOGIN_ROWS, ...BRANCH_ROWS, ...STATE_ROWS, ...TLS_ROWS],
  exporter: exportToGit,
  server: () => servers,
});
