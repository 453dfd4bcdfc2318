import { afterAll, beforeAll } from "vitest";
import { exportToGit } from "../../lab/exporter/git";
import { startSshServers, type SshServers } from "./git/server";
import { SSH_HOST_ROWS } from "./git/ssh-host-rows";
import { SSH_LOGIN_ROWS } from "./git/ssh-login-rows";
import { truthTable } from "./truth-table";

let servers: SshServers;
beforeAll(async () => {
  servers = await startSshServers();
});
afterAll(() => servers?.stop());

truthTable({
  type: "git",
  rows: [...SSH_LOGIN_ROWS, ...SSH_HOST_ROWS],
  exporter: exportToGit,
  server: () => servers,
});
