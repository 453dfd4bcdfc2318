import { afterAll, beforeAll } from "vitest";
import { exportToGitlab } from "../../lab/exporter/gitlab";
import { DIRECT_ROWS } from "./gitlab/direct-rows";
import { GRANT_ROWS } from "./gitlab/grants";
import { REQUEST_ROWS } from "./gitlab/request-rows";
import { startGitlabServers, type GitlabServers } from "./gitlab/server";
import { truthTable } from "./truth-table";

let servers: GitlabServers;
beforeAll(async () => {
  servers = await startGitlabServers();
});
afterAll(() => servers?.stop());

truthTable({
  type: "gitlab",
  rows: [...DIRECT_ROWS, ...REQUEST_ROWS, ...GRANT_ROWS],
  exporter: exportToGitlab,
  server: () => servers,
});
