import type { KollectDatabaseSink } from "../../capabilities/api/types";
import type { ProbeCase } from "./run-case";

export const PROJECT = "example-project";
export const DATASETS = { inventory: { location: "EU", tables: ["items"] } };

export interface BigqueryCaseOptions {
  readonly endpoint?: string;
  readonly dataset?: string;
  readonly table?: string;
  readonly project?: string;
  readonly location?: string;
  readonly mode?: "ensure" | "existing";
  readonly tls?: KollectDatabaseSink["spec"]["tls"];
  /** Values of the Secret of spec.bigquery.secretRef. */
  readonly secret?: Readonly<Record<string, string>>;
  /** Values of the Secret of spec.secretRef. */
  readonly sharedSecret?: Readonly<Record<string, string>>;
}

/** A sink of type bigquery. */
export function bigqueryCase(options: BigqueryCaseOptions): ProbeCase {
  const { endpoint, location, mode, secret, sharedSecret } = options;
  const { project = PROJECT, dataset = "inventory", table = "items", tls = {} } = options;
  const target = { project, dataset, table, ...(location ? { location } : {}) };
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "warehouse", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "bigquery",
        tls,
        ...(endpoint ? { endpoint } : {}),
        ...(mode ? { provisioning: { mode } } : {}),
        ...reference("shared-key", sharedSecret),
        bigquery: { ...target, ...reference("bq-key", secret) },
      },
    },
    secrets: { "spec.bigquery.secretRef": secret ?? {}, "spec.secretRef": sharedSecret ?? {} },
  };
}

function reference(name: string, values: object | undefined): { secretRef?: { name: string } } {
  return values ? { secretRef: { name } } : {};
}
