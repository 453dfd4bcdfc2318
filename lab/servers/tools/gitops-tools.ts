import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ownGoProgram } from "../programs/go-program";

const SOURCES = fileURLToPath(new URL("gitops-tools/go", import.meta.url));
const DEADLINE_MS = 60_000;

/** `spec.healthCheckExprs` of a Flux Kustomization. */
export interface HealthCheckExpressions {
  readonly apiVersion: string;
  readonly kind: string;
  readonly inProgress?: string;
  readonly failed?: string;
  readonly current: string;
}

export interface HealthChecks {
  /** Lua scripts as Argo CD's ConfigMap holds them, by kind. */
  readonly healthChecks: Readonly<Record<string, string>>;
  readonly healthCheckExprs: readonly HealthCheckExpressions[];
}

/** What a tool makes of an object, or why it could not tell. */
export interface ToolVerdict {
  readonly status?: string;
  readonly message?: string;
  readonly error?: string;
}

export interface ToolVerdicts {
  /** What the Lua script returned. */
  readonly argoCd: ToolVerdict;
  readonly flux: ToolVerdict;
  readonly kstatus: ToolVerdict;
}

/** What Argo CD, Flux and kstatus make of objects, with the Lua, CEL and status code that they use themselves. */
export async function toolVerdicts(
  checks: HealthChecks,
  objects: readonly object[],
): Promise<ToolVerdicts[]> {
  const child = spawn(await gitopsTools(), { timeout: DEADLINE_MS, killSignal: "SIGKILL" });
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (printed[stream] += text));
  }
  child.stdin.end(JSON.stringify({ ...checks, objects }));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`gitops-tools ended with code ${String(code)}: ${printed.stderr}`);
  return JSON.parse(printed.stdout) as ToolVerdicts[];
}

/** Argo CD's, Flux's and kstatus' word; undefined where a tool could not tell. */
export function statusesOf(verdicts: ToolVerdicts | undefined): (string | undefined)[] {
  return [verdicts?.argoCd.status, verdicts?.flux.status, verdicts?.kstatus.status];
}

function gitopsTools(): Promise<string> {
  return ownGoProgram({ name: "gitops-tools", sources: SOURCES, duration: "about a minute" });
}

export { gitopsTools as install };
