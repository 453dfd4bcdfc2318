import type { TruthRow } from "../../../lab/truth/row";
import { OVER_HTTP } from "./login-rows";
import { rowsOf, type HttpServers, type RowSettings } from "./server";

const CLI = { git: { engine: "cli" as const } };

function branch(name: string, engine?: "cli"): { git: { branch: string; engine?: "cli" } } {
  return { git: { branch: name, ...(engine ? { engine } : {}) } };
}

function fragment(text: string): RowSettings<HttpServers>["endpoint"] {
  return ({ http }, path) => `http://127.0.0.1:${http.port}${path}${text}`;
}

/** Which branch is meant, and whether it is there. */
export const BRANCH_ROWS: readonly TruthRow<HttpServers>[] = rowsOf("git", OVER_HTTP, [
  ["http-hash", "a '#' without a branch behind the URL", "C", { endpoint: fragment("#") }],
  [
    "http-user-escape",
    "a user in the URL with a percent sign that begins no escape",
    "C",
    { endpoint: ({ http }, path) => `http://u:%zz@127.0.0.1:${http.port}${path}` },
  ],
  [
    "http-host-escape",
    "a percent escape in the host",
    "C",
    { endpoint: ({ http }, path) => `http://127%2E0.0.1:${http.port}${path}` },
  ],
  ["http-slash-end", "a slash at the end of the URL", "C", { endpoint: fragment("/") }],
  [
    "http-slash-end-cli",
    "a slash at the end of the URL, engine cli",
    "C",
    { endpoint: fragment("/"), spec: CLI },
  ],
  ["http space", "a blank in the path", "C", {}],
  ["http space-cli", "a blank in the path, engine cli", "C", { spec: CLI }],
  ["http-empty", "empty repository (default engine)", "S", { repository: {} }],
  ["http-empty-cli", "empty repository, engine cli", "S", { repository: {}, spec: CLI }],
  [
    "http-cli-empty-branch",
    "empty repository, engine cli, git.branch feature",
    "S",
    {
      repository: {},
      spec: branch("feature", "cli"),
    },
  ],
  [
    "http-empty-master-head",
    "empty repository whose HEAD is master",
    "S",
    { repository: { head: "master" } },
  ],
  [
    "http-master",
    "default branch master, none named in the sink",
    "S",
    {
      repository: { branches: ["master"], head: "master" },
    },
  ],
  [
    "http-master-cli",
    "default branch master, none named, engine cli",
    "S",
    {
      repository: { branches: ["master"], head: "master" },
      spec: CLI,
    },
  ],
  [
    "http-master-and-main",
    "default branch master, main exists too, none named",
    "S",
    {
      repository: { branches: ["master", "main"], head: "master" },
    },
  ],
  [
    "http-unborn-head",
    "HEAD names a branch that is not there, main exists",
    "S",
    {
      repository: { branches: ["main"], head: "trunk" },
    },
  ],
  [
    "http-fragment",
    "#branch=feature exists",
    "S",
    {
      repository: { branches: ["main", "feature"] },
      endpoint: fragment("#branch=feature"),
    },
  ],
  [
    "http-fragment-escaped",
    "#branch=a%2Fb exists",
    "S",
    {
      repository: { branches: ["main", "a/b"] },
      endpoint: fragment("#branch=a%2Fb"),
    },
  ],
  ["http-fragment-missing", "#branch=nope", "S", { endpoint: fragment("#branch=nope") }],
  [
    "http-fragment-and-branch",
    "#branch=nope and git.branch main",
    "C",
    {
      endpoint: fragment("#branch=nope"),
      spec: branch("main"),
    },
  ],
  [
    "http-fragment-and-branch-missing",
    "#branch=main and git.branch nope",
    "S",
    {
      endpoint: fragment("#branch=main"),
      spec: branch("nope"),
    },
  ],
  ["http-extra-fragment", "unknown fragment #ref=main", "C", { endpoint: fragment("#ref=main") }],
  ["http-plain-fragment", "fragment #main", "C", { endpoint: fragment("#main") }],
  ["http-query", "a query in the endpoint", "C", { endpoint: fragment("?ref=main") }],
  ["http-branch-missing", "git.branch feature missing, ensure", "S", { spec: branch("feature") }],
  [
    "http-branch-missing-existing",
    "git.branch feature missing, existing",
    "S",
    {
      spec: { ...branch("feature"), provisioning: { mode: "existing" } },
    },
  ],
  [
    "http-branch-missing-cli",
    "git.branch feature missing, engine cli",
    "S",
    { spec: branch("feature", "cli") },
  ],
  [
    "http-branch-missing-existing-cli",
    "git.branch feature missing, engine cli, existing",
    "S",
    {
      spec: { ...branch("feature", "cli"), provisioning: { mode: "existing" } },
    },
  ],
  [
    "http-branch-below",
    "git.branch a/b missing, a exists, engine cli",
    "S",
    {
      repository: { branches: ["main", "a"] },
      spec: branch("a/b", "cli"),
    },
  ],
  [
    "http-branch-above",
    "git.branch a missing, a/b exists, engine cli",
    "S",
    {
      repository: { branches: ["main", "a/b"] },
      spec: branch("a", "cli"),
    },
  ],
  [
    "http-branch-beside",
    "git.branch ab missing, a and ab/c/d missing too, a-b exists, engine cli",
    "S",
    {
      repository: { branches: ["main", "a-b"] },
      spec: branch("ab", "cli"),
    },
  ],
  ["http-branch-refs", "git.branch refs/heads/main", "C", { spec: branch("refs/heads/main") }],
  ["http-branch-dots", "git.branch a..b", "C", { spec: branch("a..b") }],
  ["http-branch-dash", "git.branch -x", "C", { spec: branch("-x") }],
  [
    "http-branch-unicode",
    "git.branch müsli exists",
    "C",
    {
      repository: { branches: ["main", "müsli"] },
      spec: branch("müsli"),
    },
  ],
  [
    "http-branch-at",
    "git.branch user@home exists",
    "C",
    {
      repository: { branches: ["main", "user@home"] },
      spec: branch("user@home"),
    },
  ],
  ["http-branch-spaces", "git.branch with blanks around it", "C", { spec: branch(" main ") }],
  ["http-branch-blank", "git.branch of blanks, main exists", "C", { spec: branch("  ") }],
  ["http-branch-case", "git.branch Main, remote has main", "S", { spec: branch("Main") }],
  [
    "http-slash-branch",
    "git.branch feature/x exists",
    "S",
    {
      repository: { branches: ["main", "feature/x"] },
      spec: branch("feature/x"),
    },
  ],
  [
    "http-branch-prefix",
    "git.branch feature, only feature/x exists",
    "S",
    {
      repository: { branches: ["main", "feature/x"] },
      spec: branch("feature"),
    },
  ],
  [
    "http-tag-and-branch",
    "tag main and branch main",
    "S",
    { repository: { branches: ["main"], tags: ["main"] } },
  ],
  [
    "http-tag-only",
    "tag v1, no branch v1",
    "S",
    {
      repository: { branches: ["main"], tags: ["v1"] },
      spec: branch("v1"),
    },
  ],
]);
