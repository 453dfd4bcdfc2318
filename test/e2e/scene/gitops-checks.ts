import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import {
  statusesOf,
  toolVerdicts,
  type HealthCheckExpressions,
  type HealthChecks,
  type ToolVerdicts,
} from "../../../lab/servers/tools/gitops-tools";
import { ROOT } from "../../../lab/stage";

const KEY = "resource.customizations.health.kollect.dev_";

interface ConfigMap {
  readonly data: Readonly<Record<string, string>>;
}

interface FluxKustomization {
  readonly spec: { readonly healthCheckExprs?: readonly HealthCheckExpressions[] };
}

/** Objects as they were at some stage each, judged by the published health checks and by kstatus. */
export interface Judgement {
  /** In the order of the stages. */
  readonly verdicts: readonly ToolVerdicts[];
  /** Each stage with Argo CD's, Flux' and kstatus' word. */
  readonly said: readonly (readonly (string | undefined)[])[];
}

export async function judge(stages: Readonly<Record<string, object>>): Promise<Judgement> {
  const verdicts = await toolVerdicts(publishedHealthChecks(), Object.values(stages));
  const said = Object.keys(stages).map((stage, at) => [stage, ...statusesOf(verdicts[at])]);
  return { verdicts, said };
}

/** The health checks of config/argo-cd and config/flux, as people copy them. */
function publishedHealthChecks(): HealthChecks {
  const kustomizations = ["split", "sink-triggers"].flatMap((way) =>
    parseAllDocuments(read(`config/flux/${way}/kustomizations.yaml`)),
  );
  return {
    healthChecks: {
      ...luaOf("config/argo-cd/argocd-cm.yaml"),
      ...luaOf("config/argo-cd/argocd-cm-sinks.yaml"),
    },
    healthCheckExprs: kustomizations.flatMap(
      (document) => (document.toJS() as FluxKustomization).spec.healthCheckExprs ?? [],
    ),
  };
}

function luaOf(path: string): Record<string, string> {
  const { data } = parse(read(path)) as ConfigMap;
  const checks = Object.entries(data).filter(([key]) => key.startsWith(KEY));
  return Object.fromEntries(checks.map(([key, lua]) => [key.slice(KEY.length), lua]));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
