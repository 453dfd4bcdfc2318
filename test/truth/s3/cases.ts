import type { KollectSnapshotSink } from "../../../capabilities/api/types";
import type { FactClass, TruthCase, TruthRow } from "../../../lab/truth/row";
import type { S3Server } from "../../../lab/servers/versitygw";
import { BUCKET, grant, USER, type S3Servers, type Statement } from "./server";

export type S3Row = TruthRow<S3Servers>;
export type Keys = Readonly<Record<string, string>>;

export interface SinkOptions {
  readonly type?: "s3" | "gcs";
  /** The values of Secret `sec`; null for a sink that names none. */
  readonly keys?: Keys | null;
  readonly spec?: Partial<KollectSnapshotSink["spec"]>;
  /** Further Secrets by their names. */
  readonly secrets?: TruthCase["secrets"];
}

/** A sink in namespace `d`; its user has {@link USER}'s keys unless others are given. */
export function sinkAt(endpoint: string, options: SinkOptions = {}): TruthCase {
  const { type = "s3", keys = USER, spec = {}, secrets = {} } = options;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectSnapshotSink",
      metadata: { name: "snapshots", namespace: "d", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: { type, endpoint, ...(keys === null ? {} : { secretRef: { name: "sec" } }), ...spec },
    },
    secrets: { ...(keys === null ? {} : { sec: keys }), ...secrets },
  };
}

/** The owner's keys, for rows that are not about rights. */
export function ownerKeys({ root }: S3Server): Keys {
  return { ...root };
}

export function urlOf({ host, port }: S3Server, path = `${BUCKET}/kollect`): string {
  return `http://${host}:${port}/${path}`;
}

/** A statement that allows an action on a part of the bucket. */
export function allow(Action: Statement["Action"], below = "*"): Statement {
  return { Effect: "Allow", Action, Resource: `arn:aws:s3:::${BUCKET}/${below}` };
}

export const LIST: Statement = {
  Effect: "Allow",
  Action: "s3:ListBucket",
  Resource: `arn:aws:s3:::${BUCKET}`,
};

export interface RightsRow {
  readonly id: string;
  readonly about: string;
  readonly fact?: FactClass;
  readonly policy: readonly Statement[];
  /** Below the bucket; `kollect` unless something else is said. */
  readonly prefix?: string;
  readonly bucket?: string;
  readonly spec?: SinkOptions["spec"];
}

/** Rows that differ in what the bucket's policy gives to the sink's user. */
export function rightsRows(type: "s3" | "gcs", rows: readonly RightsRow[]): S3Row[] {
  return rows.map(({ id, about, fact = "R", policy, prefix = "kollect", bucket = BUCKET, spec = {} }) => ({
    id,
    about,
    fact,
    setUp: async ({ plain }) => {
      await grant(plain, policy);
      return sinkAt(urlOf(plain, prefix === "" ? bucket : `${bucket}/${prefix}`), { type, spec });
    },
  }));
}

export interface OwnerRow extends Omit<SinkOptions, "type" | "keys"> {
  readonly id: string;
  readonly about: string;
  readonly fact?: FactClass;
  readonly server?: "plain" | "europe";
  readonly path?: string;
  /** The whole endpoint, for one that is no address of the server's. */
  readonly endpoint?: (servers: S3Servers) => string;
  readonly keys?: ((owner: Keys) => Keys) | null;
}

/** Rows whose keys are the owner's: they differ in how sink and Secret are written. */
export function ownerRows(type: "s3" | "gcs", rows: readonly OwnerRow[]): S3Row[] {
  return rows.map(({ id, about, fact = "C", server = "plain", path, endpoint, keys, ...more }) => ({
    id,
    about,
    fact,
    setUp: (servers) => {
      const owner = ownerKeys(servers[server]);
      return Promise.resolve(
        sinkAt(endpoint?.(servers) ?? urlOf(servers[server], path), {
          type,
          keys: keys === null ? null : (keys?.(owner) ?? owner),
          ...more,
        }),
      );
    },
  }));
}
