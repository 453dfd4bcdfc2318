import type { KollectDatabaseSink } from "../../capabilities/api/types";
import { hostPort } from "../../capabilities/probes/messages";
import { trusting } from "../pki";
import { startBigquery } from "../servers/google/bigquery";
import { createAccount } from "../servers/google/stand-in";
import type { LabBackend, LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { TLS_DRIP, withOtherKey } from "./variations";

export const PROJECT = "example-project";
/** The columns of the exporter's table; its statements write them all. */
export const COLUMNS = [
  ...["inventory_namespace", "inventory_name", "target_name", "source_uid"],
  ...["cluster", "resource_namespace", "payload", "exported_at"],
];
export const DATASETS = { inventory: { location: "EU", tables: { items: { columns: COLUMNS } } } };

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

const RIGHTS = [
  "bigquery.datasets.get",
  "bigquery.jobs.create",
  "bigquery.tables.get",
  "bigquery.tables.getData",
  "bigquery.tables.updateData",
];

const standIn: LabServer = {
  name: "bigquery",
  server: "a stand-in that checks tokens as Google does",
  needs: [],
  start: async ({ authority }) => {
    const account = createAccount("kollect");
    const server = await startBigquery({
      tls: authority.issue({ names: ["localhost"] }),
      grants: new Map([[account, RIGHTS]]),
      project: PROJECT,
      datasets: DATASETS,
    });
    const probeCase = bigqueryCase({
      endpoint: `https://localhost:${server.port}`,
      secret: { "credentials.json": server.keyFile(account) },
      tls: trusting(authority.cert),
    });
    return { probeCase, stop: server.close };
  },
  at: (target, secret) =>
    bigqueryCase({ endpoint: `https://${hostPort(target)}`, secret, tls: { insecureSkipVerify: true } }),
  refuse: withOtherKey,
  dripBytes: TLS_DRIP,
};

export const bigquery: LabBackend = [standIn];
