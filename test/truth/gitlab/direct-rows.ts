import type { TruthRow } from "../../../lab/truth/row";
import { bundled } from "../git/server";
import { gitlabRows, OVER_HTTP, OVER_HTTPS, TOKENS, type GitlabServers } from "./server";

const REFUSES = "#!/bin/sh\necho protected >&2\nexit 1\n";
const PROTECTED = { branches: ["main"], hooks: { "pre-receive": REFUSES } };
const NO_API = ({ rest }: GitlabServers): void => void (rest.flavour = "none");

function fragment(text: string): typeof OVER_HTTP.endpoint {
  return ({ http }, path) => `http://127.0.0.1:${http.port}${path}${text}`;
}

/** Mode direct: the exporter pushes to the branch itself. */
export const DIRECT_ROWS: readonly TruthRow<GitlabServers>[] = [
  ...gitlabRows(OVER_HTTP, [
    ["direct", "token with scope api", "R", {}],
    [
      "direct-mode",
      "mode direct written out",
      "C",
      { spec: { gitlab: { mergeRequest: { mode: "direct" } } } },
    ],
    ["direct-read-api", "token with write_repository and read_api", "R", { keys: { token: TOKENS.readApi } }],
    [
      "direct-write-repository",
      "token with write_repository alone",
      "R",
      { keys: { token: TOKENS.repository } },
    ],
    ["direct-ro", "read-only token", "R", { keys: { token: TOKENS.readOnly } }],
    ["direct-wrong", "wrong token", "C", { keys: { token: "wrong" } }],
    [
      "direct-user-password",
      "username and password",
      "C",
      {
        keys: { username: "kollect", password: TOKENS.password },
      },
    ],
    [
      "direct-token-user",
      "token alone, good for x-access-token",
      "C",
      { keys: { token: TOKENS.forTokenUser } },
    ],
    ["direct-oauth2-user", "token alone, good for oauth2", "C", { keys: { token: TOKENS.forOauth2 } }],
    [
      "direct-oauth2-username",
      "the same with username oauth2",
      "C",
      {
        keys: { username: "oauth2", token: TOKENS.forOauth2 },
      },
    ],
    [
      "direct-deploy-token",
      "deploy token with its own username",
      "C",
      {
        keys: { username: "kollect-deploy", token: TOKENS.deploy },
      },
    ],
    [
      "direct-deploy-token-no-user",
      "deploy token without its username",
      "C",
      { keys: { token: TOKENS.deploy } },
    ],
    [
      "direct-deploy-token-blank",
      'deploy token in password beside token ""',
      "C",
      {
        keys: { username: "kollect-deploy", token: "", password: TOKENS.deploy },
      },
    ],
    ["direct-newline", "token with a newline at its end", "C", { keys: { token: `${TOKENS.api}\n` } }],
    ["direct-no-secret", "no Secret", "C", { keys: null }],
    [
      "direct-protected",
      "branch protected from the token's user",
      "R",
      {
        keys: { token: TOKENS.reporter },
        repository: PROTECTED,
      },
    ],
    [
      "direct-protected-untold",
      "branch protected, token with write_repository alone",
      "W",
      {
        keys: { token: TOKENS.repository },
        repository: PROTECTED,
      },
    ],
    ["direct-pre-receive", "pre-receive hook refuses", "W", { repository: PROTECTED }],
    ["direct-no-api", "server without GitLab's API", "C", { before: NO_API }],
    ["direct-git-branch", "git.branch other, main exists", "C", { spec: { git: { branch: "other" } } }],
    [
      "direct-git-branch-main",
      "git.branch other exists, main missing",
      "C",
      {
        repository: { branches: ["other"], head: "other" },
        spec: { git: { branch: "other" } },
      },
    ],
    [
      "direct-git-engine",
      "git.engine cli, empty project",
      "C",
      {
        repository: {},
        spec: { git: { engine: "cli" } },
      },
    ],
    [
      "direct-git-branch-bad",
      "git.branch that is no name",
      "C",
      { spec: { git: { branch: "refs/heads/x" } } },
    ],
    ["direct-git-auth-ssh", "git.auth.type ssh", "C", { spec: { git: { auth: { type: "ssh" } } } }],
    [
      "auth-secretref-only",
      "git.auth.secretRef only",
      "C",
      {
        keys: null,
        spec: { git: { auth: { secretRef: { name: "own" } } } },
        secrets: { own: { token: TOKENS.api } },
      },
    ],
    [
      "direct-git-secret-wins",
      "spec.secretRef good, git.auth.secretRef bad",
      "C",
      {
        spec: { git: { auth: { secretRef: { name: "own" } } } },
        secrets: { own: { token: "wrong" } },
      },
    ],
    [
      "direct-git-secret-dangling",
      "spec.secretRef good, git.auth.secretRef dangling",
      "C",
      {
        spec: { git: { auth: { secretRef: { name: "nope" } } } },
      },
    ],
    [
      "direct-fragment",
      "#branch=feature exists",
      "S",
      {
        repository: { branches: ["main", "feature"] },
        endpoint: fragment("#branch=feature"),
      },
    ],
    ["direct-fragment-missing", "#branch=feature missing", "S", { endpoint: fragment("#branch=feature") }],
    ["direct-fragment-other", "unknown fragment", "C", { endpoint: fragment("#main") }],
    ["direct-empty", "empty project", "S", { repository: {} }],
    [
      "direct-master",
      "default branch master, main missing",
      "S",
      {
        repository: { branches: ["master"], head: "master" },
      },
    ],
    [
      "direct-target",
      "targetBranch missing on the remote, mode direct",
      "C",
      {
        spec: { gitlab: { mergeRequest: { mode: "direct", targetBranch: "nope" } } },
      },
    ],
    [
      "direct-target-unset-mode",
      "targetBranch missing on the remote, mode unset",
      "C",
      {
        spec: { gitlab: { mergeRequest: { targetBranch: "nope" } } },
      },
    ],
    [
      "direct-kollect",
      "branch kollect exists, mode direct",
      "S",
      { repository: { branches: ["main", "kollect"] } },
    ],
    ["direct-ssh", "ssh endpoint", "C", { endpoint: (_, path) => `ssh://git@127.0.0.1:22${path}` }],
    ["direct-scp", "scp form", "C", { endpoint: (_, path) => `git@127.0.0.1:${path.slice(1)}` }],
  ]),
  ...gitlabRows(OVER_HTTPS, [
    [
      "https-ca",
      "private CA, caBundle, direct",
      "C",
      {
        spec: ({ authority }) => ({ tls: { caBundle: bundled(authority.cert) } }),
      },
    ],
    ["https-none", "private CA, no spec.tls, direct", "C", {}],
    ["https-insecure", "insecureSkipVerify, direct", "C", { spec: { tls: { insecureSkipVerify: true } } }],
    [
      "https-ca-both",
      "caBundle and caSecretRef",
      "C",
      {
        spec: ({ authority }) => ({
          tls: { caBundle: bundled(authority.cert), caSecretRef: { name: "ca" } },
        }),
        secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
      },
    ],
  ]),
];
