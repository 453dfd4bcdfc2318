import { createAuthority } from "../../../lab/pki";
import { startGitHttp, type GitAccount, type GitHttpServer } from "../../../lab/servers/git/http";
import { gitRepositories } from "../../../lab/servers/git/repositories";
import { gitlabRest, type RestState } from "../../../lab/servers/git/gitlab-rest";
import type { TruthRow } from "../../../lab/truth/row";
import { rowsOf, type HttpServers, type RowParts, type RowSettings } from "../git/server";

/** Tokens, by what GitLab lets them do. */
export const TOKENS = {
  api: "glpat-api-token",
  /** For the repository and for looking into the API. */
  readApi: "glpat-write_repository-read_api",
  /** For the repository alone. */
  repository: "glpat-write_repository",
  /** With scope api, of a user who may not push to protected branches. */
  reporter: "glpat-api-of-a-reporter",
  readOnly: "glpat-read_repository-api",
  /** Not told its scopes by GitLab, as OAuth tokens are. */
  oauthReadApi: "oauth-read_api",
  oauthApi: "oauth-api",
  deploy: "gldt-deploy-token",
  password: "p&ssword of a user",
  /** Good with the user x-access-token alone, and with oauth2 alone. */
  forTokenUser: "glpat-x-access-token",
  forOauth2: "glpat-oauth2",
} as const;

const ALL_SCOPES = ["api", "read_api", "write_repository"];

const REST_TOKENS: RestState["tokens"] = {
  [TOKENS.api]: { scopes: ["api"] },
  [TOKENS.readApi]: { scopes: ["write_repository", "read_api"] },
  [TOKENS.repository]: { scopes: ["write_repository"] },
  [TOKENS.reporter]: { scopes: ALL_SCOPES, canPush: false },
  [TOKENS.readOnly]: { scopes: ["read_repository", "api"], canPush: false },
  [TOKENS.oauthReadApi]: { scopes: ["write_repository", "read_api"], isNoAccessToken: true },
  [TOKENS.oauthApi]: { scopes: ["api"], isNoAccessToken: true },
  [TOKENS.deploy]: { scopes: [], isUnknown: true },
  [TOKENS.password]: { scopes: [], isUnknown: true },
  [TOKENS.forTokenUser]: { scopes: ["api"] },
  [TOKENS.forOauth2]: { scopes: ["api"] },
};

const STRICT_USERS: Readonly<Record<string, string>> = {
  [TOKENS.deploy]: "kollect-deploy",
  [TOKENS.password]: "kollect",
  [TOKENS.forTokenUser]: "x-access-token",
  [TOKENS.forOauth2]: "oauth2",
};

/** GitLab's repositories by `git http-backend`, and its REST API by a stand-in, over http and https. */
export interface GitlabServers extends HttpServers {
  readonly rest: RestState;
  /** Of both servers; rows may add some. */
  readonly accounts: GitAccount[];
}

export async function startGitlabServers(): Promise<GitlabServers> {
  const repositories = await gitRepositories();
  const authority = createAuthority();
  const rest: RestState = { tokens: REST_TOKENS, ...FRESH };
  const accounts: GitAccount[] = Object.values(TOKENS).map((password) => ({
    user: STRICT_USERS[password] ?? "*",
    password,
    mayPush: password !== TOKENS.readOnly,
  }));
  const options = { root: repositories.root, accounts, instead: gitlabRest(rest) };
  const http: GitHttpServer = await startGitHttp(options);
  const https = await startGitHttp({ ...options, tls: authority.issue({ names: ["localhost"] }) });
  return {
    ...{ repositories, authority, rest, accounts, http, https },
    stop: async () => {
      await Promise.all([http.stop(), https.stop()]);
      await repositories.remove();
    },
  };
}

const FRESH = { project: "", branches: ["main"], flavour: "gitlab", mergeRequests: true } as const;

/** Rows that differ from `common`; the API knows the project of each and its branches. */
export function gitlabRows(
  common: RowSettings<GitlabServers>,
  parts: readonly RowParts<GitlabServers>[],
): TruthRow<GitlabServers>[] {
  const known = parts.map(([id, about, fact, own]): RowParts<GitlabServers> => {
    const before = (server: GitlabServers): void => {
      const { branches = [] } = own.repository ?? { branches: ["main"] };
      Object.assign(server.rest, FRESH, { project: `group/${id}`, branches, instead: undefined });
      own.before?.(server);
    };
    return [id, about, fact, { ...own, before }];
  });
  const standIn =
    "a stand-in for GitLab's REST API with the documented rules, beside a real git http-backend";
  return rowsOf("gitlab", common, known).map((row) => ({ ...row, standIn }));
}

export const OVER_HTTP: RowSettings<GitlabServers> = {
  endpoint: ({ http }, path) => `http://127.0.0.1:${http.port}${path}`,
  keys: { token: TOKENS.api },
};

export const OVER_HTTPS: RowSettings<GitlabServers> = {
  ...OVER_HTTP,
  endpoint: ({ https }, path) => `https://localhost:${https.port}${path}`,
};
