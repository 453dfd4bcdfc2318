import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TruthRow } from "../../../lab/truth/row";
import { gitlabRows, OVER_HTTP, type GitlabServers } from "./server";

const PAGE = fileURLToPath(new URL("../../../docs/sinks/gitlab.md", import.meta.url));

/** The scopes that the page of GitLab sinks prints for each mode, in the column after the mode's. */
function printedScopes(): Record<string, string[]> {
  const [, section = ""] = readFileSync(PAGE, "utf8").split("## Least rights");
  const lines = section.split("\n## ")[0]?.split("\n") ?? [];
  const rows = lines.filter((line) => /^\| `/.test(line)).map((line) => line.split("|"));
  const names = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  return Object.fromEntries(rows.map(([, mode, scopes]) => [names(mode)[0] ?? "", names(scopes)]));
}

const PRINTED = printedScopes();
const SPECS = {
  direct: {},
  merge_request: { gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main" } } },
} as const;

/** A token with these scopes, which the Git server and the API know from now on. */
function withToken(token: string, scopes: readonly string[]): (server: GitlabServers) => void {
  return ({ rest, accounts }) => {
    rest.tokens[token] = { scopes };
    const mayPush = scopes.some((scope) => scope === "api" || scope === "write_repository");
    accounts.push({ user: "*", password: token, mayPush });
  };
}

/** The least rights as printed, and without each of them but with the next smaller one. */
export const GRANT_ROWS: readonly TruthRow<GitlabServers>[] = Object.entries(SPECS).flatMap(
  ([mode, spec]) => {
    const scopes = PRINTED[mode] ?? [];
    if (scopes.length === 0) throw new Error(`docs/sinks/gitlab.md prints no scopes for mode ${mode}`);
    const printed = `grant-${mode}`;
    const row = (id: string, about: string, granted: readonly string[]): TruthRow<GitlabServers>[] =>
      gitlabRows(OVER_HTTP, [
        [id, about, "R", { spec, keys: { token: id }, before: withToken(id, granted) }],
      ]);
    return [
      ...row(printed, `the scopes that the docs print for mode ${mode}`, scopes),
      ...scopes.flatMap((scope) => {
        const rest = scopes.filter((other) => other !== scope);
        const reading = ["read_repository", "read_api"];
        return row(`${printed}-without-${scope}`, `the same without ${scope}`, [...rest, ...reading]);
      }),
    ];
  },
);
