import type { TruthRow } from "../../../lab/truth/row";
import { OVER_HTTP } from "./login-rows";
import { PUSH, rowsOf, type HttpServers } from "./server";

const CLI = { git: { engine: "cli" as const } };

const REFUSES = "#!/bin/sh\necho no >&2\nexit 1\n";

/** Repositories, and what a push meets. */
export const STATE_ROWS: readonly TruthRow<HttpServers>[] = rowsOf("git", OVER_HTTP, [
  ["http-missing-repo", "repository missing", "S", { repository: null }],
  ["http-missing-repo-cli", "repository missing, engine cli", "S", { repository: null, spec: CLI }],
  [
    "http-no-git-suffix",
    "endpoint without .git",
    "C",
    {
      endpoint: ({ http }, path) => `http://127.0.0.1:${http.port}${path.replace(/\.git$/, "")}`,
    },
  ],
  [
    "http-spaces-around",
    "endpoint with blanks around it",
    "C",
    {
      endpoint: ({ http }, path) => ` http://127.0.0.1:${http.port}${path} `,
    },
  ],
  [
    "http-forcepush",
    "ForcePush, denyNonFastForwards",
    "C",
    {
      repository: { branches: ["main"], config: { "receive.denyNonFastForwards": "true" } },
      spec: { git: { pushPolicy: "ForcePush" } },
    },
  ],
  [
    "http-receivepack-off",
    "http.receivepack=false",
    "R",
    {
      repository: { branches: ["main"], config: { "http.receivepack": "false" } },
    },
  ],
  [
    "http-receivepack-off-cli",
    "http.receivepack=false, engine cli",
    "R",
    {
      repository: { branches: ["main"], config: { "http.receivepack": "false" } },
      spec: CLI,
    },
  ],
  [
    "http-uploadpack-off",
    "http.uploadpack=false",
    "R",
    {
      repository: { branches: ["main"], config: { "http.uploadpack": "false" } },
    },
  ],
  [
    "http-pre-receive",
    "pre-receive refuses",
    "W",
    {
      repository: { branches: ["main"], hooks: { "pre-receive": REFUSES } },
    },
  ],
  [
    "http-update-hook",
    "update hook refuses main",
    "W",
    {
      repository: { branches: ["main"], hooks: { update: REFUSES } },
    },
  ],
  [
    "http-pre-receive-cli",
    "pre-receive refuses, engine cli",
    "W",
    {
      repository: { branches: ["main"], hooks: { "pre-receive": REFUSES } },
      spec: CLI,
    },
  ],
  [
    "http-sha256",
    "repository with SHA-256, go-git built for SHA-1",
    "U",
    {
      repository: { branches: ["main"], objectFormat: "sha256" },
    },
  ],
  [
    "http-sha256-cli",
    "repository with SHA-256, engine cli",
    "S",
    {
      repository: { branches: ["main"], objectFormat: "sha256" },
      spec: CLI,
    },
  ],
  ["http-clone-depth", "cloneDepth 5", "C", { spec: { git: { cloneDepth: 5 } }, keys: { token: PUSH } }],
]);
