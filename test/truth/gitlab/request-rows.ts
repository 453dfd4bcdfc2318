import type { KollectSnapshotSinkSpec } from "../../../capabilities/api/types";
import type { TruthRow } from "../../../lab/truth/row";
import { bundled } from "../git/server";
import { gitlabRows, OVER_HTTP, OVER_HTTPS, TOKENS, type GitlabServers } from "./server";

type MergeRequest = NonNullable<NonNullable<KollectSnapshotSinkSpec["gitlab"]>["mergeRequest"]>;

/** A sink that writes through merge requests. */
function requests(other: MergeRequest = {}): { gitlab: NonNullable<KollectSnapshotSinkSpec["gitlab"]> } {
  return { gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main", ...other } } };
}

const BY_REQUEST = { ...OVER_HTTP, spec: requests() };
const CA = ({ authority }: GitlabServers) => ({ ...requests(), tls: { caBundle: bundled(authority.cert) } });

function answering(instead: NonNullable<GitlabServers["rest"]["instead"]>): (server: GitlabServers) => void {
  return ({ rest }) => void (rest.instead = instead);
}

/** Mode merge_request: a branch of the exporter's own, and a merge request by the REST API. */
export const REQUEST_ROWS: readonly TruthRow<GitlabServers>[] = [
  ...gitlabRows(BY_REQUEST, [
    ["mr", "token with scope api", "R", {}],
    ["mr-ro", "read-only token", "R", { keys: { token: TOKENS.readOnly } }],
    ["mr-read-api", "token with read_api", "R", { keys: { token: TOKENS.readApi } }],
    ["mr-write-repository", "token with write_repository alone", "R", { keys: { token: TOKENS.repository } }],
    [
      "mr-oauth",
      "token with scope api that is not told its scopes",
      "U",
      { keys: { token: TOKENS.oauthApi } },
    ],
    [
      "mr-oauth-read-api",
      "token with read_api that is not told its scopes",
      "U",
      {
        keys: { token: TOKENS.oauthReadApi },
      },
    ],
    ["mr-deploy-token", "deploy token", "R", { keys: { username: "kollect-deploy", token: TOKENS.deploy } }],
    [
      "mr-password",
      "username and password of an account",
      "R",
      {
        keys: { username: "kollect", password: TOKENS.password },
      },
    ],
    [
      "mr-token-in-password",
      "token in the key password",
      "C",
      { keys: { username: "any", password: TOKENS.api } },
    ],
    ["mr-newline", "token with a newline at its end", "C", { keys: { token: `${TOKENS.api}\n` } }],
    ["mr-no-secret", "no Secret", "C", { keys: null }],
    ["mr-username-only", "username alone", "C", { keys: { username: "kollect" } }],
    [
      "mr-disabled",
      "merge requests turned off",
      "R",
      { before: ({ rest }) => void (rest.mergeRequests = false) },
    ],
    [
      "mr-target-missing",
      "targetBranch missing on the remote",
      "S",
      { spec: requests({ targetBranch: "nope" }) },
    ],
    [
      "mr-target-unset",
      "targetBranch unset",
      "C",
      {
        spec: { gitlab: { mergeRequest: { mode: "merge_request" } } },
      },
    ],
    ["mr-target-blank", "targetBranch of blanks", "C", { spec: requests({ targetBranch: " " }) }],
    [
      "mr-target-spaces",
      "targetBranch with blanks around it",
      "C",
      { spec: requests({ targetBranch: " main " }) },
    ],
    [
      "mr-target-refs",
      "targetBranch refs/heads/main",
      "C",
      { spec: requests({ targetBranch: "refs/heads/main" }) },
    ],
    [
      "mr-target-other",
      "targetBranch release/1, main missing",
      "S",
      {
        repository: { branches: ["release/1"], head: "release/1" },
        spec: requests({ targetBranch: "release/1" }),
      },
    ],
    [
      "mr-fragment",
      "#branch=nope, which this mode does not read",
      "C",
      {
        endpoint: ({ http }, path) => `http://127.0.0.1:${http.port}${path}#branch=nope`,
      },
    ],
    [
      "mr-git-branch",
      "git.branch, which the type does not read",
      "C",
      {
        spec: { ...requests(), git: { branch: "nope" } },
      },
    ],
    ["mr-empty", "empty project", "S", { repository: {} }],
    [
      "mr-prefix-conflict",
      "branch kollect exists on the remote",
      "S",
      {
        repository: { branches: ["main", "kollect"] },
      },
    ],
    [
      "mr-prefix-below",
      "branches below kollect/ exist",
      "S",
      { repository: { branches: ["main", "kollect/a/b"] } },
    ],
    [
      "mr-prefix-alike",
      "branch kollect-old exists",
      "S",
      { repository: { branches: ["main", "kollect-old"] } },
    ],
    [
      "mr-prefix-custom",
      "branchPrefix bot",
      "C",
      {
        repository: { branches: ["main", "kollect"] },
        spec: requests({ branchPrefix: "bot" }),
      },
    ],
    [
      "mr-prefix-custom-conflict",
      "branchPrefix bot, branch bot exists",
      "S",
      {
        repository: { branches: ["main", "bot"] },
        spec: requests({ branchPrefix: "bot" }),
      },
    ],
    [
      "mr-prefix-path-conflict",
      "branchPrefix bot/kollect, branch bot exists",
      "S",
      {
        repository: { branches: ["main", "bot"] },
        spec: requests({ branchPrefix: "bot/kollect" }),
      },
    ],
    [
      "mr-prefix-path",
      "branchPrefix bot/kollect, branch bot/other exists",
      "S",
      {
        repository: { branches: ["main", "bot/other"] },
        spec: requests({ branchPrefix: "bot/kollect" }),
      },
    ],
    [
      "mr-prefix-is-target",
      "targetBranch kollect",
      "S",
      {
        repository: { branches: ["main", "kollect"] },
        spec: requests({ targetBranch: "kollect" }),
      },
    ],
    ["mr-prefix-slashes", "branchPrefix /bot/", "C", { spec: requests({ branchPrefix: "/bot/" }) }],
    ["mr-prefix-bad", "branchPrefix with a blank", "C", { spec: requests({ branchPrefix: "my bot" }) }],
    ["mr-prefix-refs", "branchPrefix refs/heads", "C", { spec: requests({ branchPrefix: "refs/heads" }) }],
    [
      "mr-pre-receive",
      "pre-receive hook refuses",
      "W",
      {
        repository: { branches: ["main"], hooks: { "pre-receive": "#!/bin/sh\nexit 1\n" } },
      },
    ],
    ["mr-gitea", "Gitea's API", "U", { before: ({ rest }) => void (rest.flavour = "gitea") }],
    [
      "mr-gitea-user",
      "Gitea's API, with a username",
      "U",
      {
        keys: { username: "kollect", token: TOKENS.api },
        before: ({ rest }) => void (rest.flavour = "gitea"),
      },
    ],
    ["mr-no-api", "neither API", "R", { before: ({ rest }) => void (rest.flavour = "none") }],
    [
      "mr-unseen",
      "project that the token may not see in the API",
      "R",
      {
        before: ({ rest }) => void (rest.project = "another/project"),
      },
    ],
    [
      "mr-sign-in",
      "a sign-in page in front of the API",
      "R",
      {
        before: answering({ status: 200, body: "<html>" }),
      },
    ],
    [
      "mr-moved",
      "the API redirects",
      "R",
      { before: answering({ status: 301, location: "/api/v4/elsewhere" }) },
    ],
    ["mr-unavailable", "the API answers 503", "R", { before: answering({ status: 503 }) }],
  ]),
  ...gitlabRows({ ...OVER_HTTPS, spec: CA }, [
    ["mr-https-ca", "private CA, caBundle", "C", {}],
    [
      "mr-https-ca-read-api",
      "private CA, caBundle, token with read_api",
      "C",
      { keys: { token: TOKENS.readApi } },
    ],
    [
      "mr-https-insecure",
      "insecureSkipVerify",
      "C",
      {
        spec: { ...requests(), tls: { insecureSkipVerify: true } },
      },
    ],
    ["mr-https-none", "private CA, no spec.tls", "C", { spec: requests() }],
  ]),
];
