import { FailureError, type Failure } from "../../../../capabilities/domain/failure";
import { DEFAULT_EXPORTER } from "../../../../capabilities/domain/exporter/settings";
import { gitlabProbe, gitProbe } from "../../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, TOKEN, type GitCaseOptions } from "../../../../lab/backends/git";
import { keyPair, knownHost } from "../../../../lab/backends/git-keys";
import { planOf } from "../../../../lab/backends/run-case";
import { expectClean } from "../../../contract/leaks";

export const HTTPS = "https://git.example.com/platform/inventory.git";
export const SSH = "ssh://git@git.example.com/platform/inventory.git";
export const KEY = keyPair();
export const HOSTS = knownHost("git.example.com", keyPair());

/** The plan of a sink with this endpoint. */
export function plan(
  endpoint: string | undefined,
  options: GitCaseOptions = {},
  exporter = DEFAULT_EXPORTER,
): ReturnType<typeof gitProbe.plan> {
  const probe = options.type === "gitlab" ? gitlabProbe : gitProbe;
  return planOf(probe, gitCase(endpoint, options), { ambientCredentials: false, exporter });
}

/** Why a sink with this endpoint has none; shows no secret of it. */
export function refusal(endpoint: string | undefined, options: GitCaseOptions = {}): Failure {
  try {
    plan(endpoint, options);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const report = { endpoint: "git", phases: [], latencyMs: 0, failure: error.failure };
    expectClean(report, [TOKEN, PASSWORD, ...secretsOf(options)]);
    return error.failure;
  }
  throw new Error("was planned");
}

function secretsOf({ secret }: GitCaseOptions): string[] {
  return Object.values(secret ?? {}).flatMap((value) => value.split("\n").filter((line) => line.length > 40));
}
