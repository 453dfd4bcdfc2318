import type { KollectDatabaseSink } from "../../capabilities/api/types";
import type { LabBackend, LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { FILLER, withWrongPassword } from "./variations";

export { trusting } from "../pki";

export const USER = "kollect";
export const PASSWORD = "corr&ct horse/b@ttery:staple%41";

export interface SinkOverrides {
  readonly table?: string;
  readonly schema?: string;
  readonly provisioning?: "ensure" | "existing";
  readonly tls?: KollectDatabaseSink["spec"]["tls"];
}

export interface CaseOverrides extends SinkOverrides {
  /** More keys of the DSN's Secret. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** A sink of type postgres whose Secret holds this connection string. */
export function postgresCase(dsn: string, overrides: CaseOverrides = {}): ProbeCase {
  const { table = "inventory", schema, provisioning, tls, keys } = overrides;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "orders", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "postgres",
        postgres: { databaseRef: { name: "pg-dsn" }, table, ...(schema ? { schema } : {}) },
        ...(provisioning ? { provisioning: { mode: provisioning } } : {}),
        ...(tls ? { tls } : {}),
      },
    },
    secrets: { "spec.postgres.databaseRef": { dsn, ...keys } },
  };
}

export interface DsnParts {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** Behind the question mark. */
  readonly query?: string;
}

/** The parts as a URL, percent-encoded. */
export function dsnUrl(parts: DsnParts): string {
  const { host, port, user = USER, password = PASSWORD, database = "app", query } = parts;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${host}:${port}/${database}${query ? `?${query}` : ""}`;
}

const ofTheDemo: LabServer = {
  name: "postgres",
  server: "the PostgreSQL of the acts before",
  needs: [],
  start: ({ postgres: { host, port }, sample: { user, password, database, table } }) => {
    const dsn = dsnUrl({ host, port, user, password, database, query: "sslmode=require" });
    // It belongs to the demo, which stops it.
    return Promise.resolve({ probeCase: postgresCase(dsn, { table }), stop: () => Promise.resolve() });
  },
  at: (target) => postgresCase(dsnUrl({ ...target, query: "sslmode=prefer" })),
  refuse: ({ dsn = "" }) => ({ dsn: withWrongPassword(dsn) }),
  // No TLS, then a long parameter status.
  dripBytes: Buffer.concat([Buffer.from("NS\0\0\x60\0application_name\0"), FILLER]),
};

export const postgres: LabBackend = [ofTheDemo];
