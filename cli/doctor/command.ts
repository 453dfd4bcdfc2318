import { stringify } from "yaml";
import { clean } from "../../capabilities/probes/messages";
import { openSession } from "../cluster/session";
import { explain, notKubernetes } from "../cluster/requests";
import type { Context } from "../context";
import { FAILED, OK } from "../exit-codes";
import type { ClusterOptions } from "../options/cluster";
import { lines } from "../output/table";
import { admissionCheck } from "./admission";
import { read, type Finding, type Place } from "./check";
import { crdChecks } from "./crds";
import { operatorChecks } from "./operator";
import { rightsChecks } from "./rights";

export interface DoctorOptions extends ClusterOptions {
  readonly operatorNamespace: string;
  readonly output: "table" | "json" | "yaml";
}

/** Runs `doctor` and returns its exit code: 1 when a check failed. */
export async function doctorCommand({ host, screen }: Context, options: DoctorOptions): Promise<number> {
  const session = await openSession(options, host);
  try {
    const { operatorNamespace } = options;
    const place: Place = { session, operatorNamespace, signal: host.interrupt };
    const findings = await examine(place);
    screen.print(shown(findings, options.output));
    return findings.some(({ result }) => result === "fail") ? FAILED : OK;
  } finally {
    session.close();
  }
}

/** Runs all checks. Rejects with `CommandFailure` if the API server is unavailable. */
async function examine(place: Place): Promise<Finding[]> {
  const call = "get the version";
  const version = await read<{ readonly gitVersion?: unknown }>(place, call, "/version").catch(explain);
  if (typeof version?.gitVersion !== "string") throw notKubernetes(call);
  const server: Finding = {
    check: "API server",
    result: "ok",
    detail: `${version.gitVersion}, context ${place.session.context}`,
  };
  const parts = await Promise.all([
    crdChecks(place),
    operatorChecks(place),
    admissionCheck(place),
    rightsChecks(place),
  ]);
  return [server, ...parts.flat()];
}

function shown(findings: readonly Finding[], output: DoctorOptions["output"]): string {
  if (output === "json") return `${JSON.stringify(findings, undefined, 2)}\n`;
  if (output === "yaml") return stringify(findings);
  return lines([
    ["CHECK", "RESULT", "DETAIL"],
    ...findings.map(({ check, result, detail }) => [check, result, clean(detail)]),
  ]);
}
