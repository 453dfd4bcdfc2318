import type {
  ConnectionTestSpec,
  KollectConnectionTest,
  KollectDatabaseSink,
  ObjectMeta,
} from "../capabilities/api/types";
import { API_VERSION } from "../capabilities/api/vocabulary";

type Meta = Partial<ObjectMeta> & { readonly name: string; readonly namespace: string };
/** What is sent for a kind: without what the API server fills in. */
export type Draft<T extends { metadata: ObjectMeta }> = Omit<T, "metadata"> & { metadata: Meta };

export interface Dsn {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

/** The DSN of a test server; without TLS, because these tests are about other things. */
export function dsnOf({ host, port, user = "postgres", password = "", database = "postgres" }: Dsn): string {
  const secret = encodeURIComponent(password);
  return `postgres://${encodeURIComponent(user)}:${secret}@${host}:${port}/${database}?sslmode=disable`;
}

export interface SecretDraft {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: Meta;
  readonly stringData: Record<string, string>;
}

export function secret(namespace: string, name: string, stringData: Record<string, string>): SecretDraft {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
}

/** A PostgreSQL sink whose DSN is in the Secret of its own name, unless another reference is given. */
export function postgresSink(
  namespace: string,
  name: string,
  databaseRef: { readonly name: string; readonly namespace?: string } = { name },
): Draft<KollectDatabaseSink> {
  return {
    apiVersion: API_VERSION,
    kind: "KollectDatabaseSink",
    metadata: { name, namespace },
    spec: { type: "postgres", postgres: { databaseRef: { ...databaseRef }, table: "inventory" } },
  };
}

/** A test of the KollectDatabaseSink `sink`; `spec` may name another. */
export function connectionTest(
  namespace: string,
  name: string,
  sink: string,
  spec: Partial<ConnectionTestSpec> = {},
): Draft<KollectConnectionTest> {
  return {
    apiVersion: API_VERSION,
    kind: "KollectConnectionTest",
    metadata: { name, namespace },
    spec: { sinkRef: { databaseSinkRef: sink }, ...spec },
  };
}
