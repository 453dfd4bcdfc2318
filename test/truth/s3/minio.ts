import type { Minio } from "../../../lab/servers/minio";
import type { FactClass, TruthRow } from "../../../lab/truth/row";
import { allow, LIST, sinkAt, type SinkOptions } from "./cases";
import { BUCKET, USER, type Statement } from "./server";

export interface Minios {
  readonly minio: Minio;
  /** In region eu-lab-1. */
  readonly europe: Minio;
}

interface MinioRow extends Omit<SinkOptions, "keys"> {
  readonly id: string;
  readonly about: string;
  readonly fact?: FactClass;
  readonly server?: keyof Minios;
  /** The user's rights; all on the bucket unless others are given. */
  readonly policy?: readonly Statement[];
  readonly path?: string;
  readonly keys?: (server: Minio) => Promise<Readonly<Record<string, string>>>;
  readonly port?: (server: Minio) => number;
}

const EVERYTHING: readonly Statement[] = [{ ...LIST, Action: "s3:*" }, allow("s3:*")];
const PUT = "s3:PutObject";

const ROWS: readonly MinioRow[] = [
  { id: "minio-full", about: "MinIO, s3:* on the bucket", fact: "R" },
  {
    id: "minio-put-prefix",
    about: "MinIO, PutObject below the prefix",
    fact: "R",
    policy: [allow(PUT, "kollect/*")],
  },
  {
    id: "minio-put-elsewhere",
    about: "MinIO, PutObject elsewhere",
    fact: "R",
    policy: [allow(PUT, "other/*")],
  },
  {
    id: "minio-list-get",
    about: "MinIO, ListBucket and GetObject",
    fact: "R",
    policy: [LIST, allow("s3:GetObject")],
  },
  { id: "minio-none", about: "MinIO, no right", fact: "R", policy: [] },
  { id: "minio-missing", about: "MinIO, bucket missing, no right", fact: "S", policy: [], path: "nobkt" },
  {
    id: "minio-missing-put",
    about: "MinIO, bucket missing, PutObject on it",
    fact: "S",
    policy: [{ Effect: "Allow", Action: PUT, Resource: "arn:aws:s3:::nobkt/*" }],
    path: "nobkt/kollect",
  },
  {
    id: "minio-temp",
    about: "MinIO, temporary key with its token",
    keys: (server) => server.temporaryKey(USER),
  },
  {
    id: "minio-temp-notoken",
    about: "MinIO, temporary key without its token",
    keys: async (server) => {
      const { accessKeyID, secretAccessKey } = await server.temporaryKey(USER);
      return { accessKeyID, secretAccessKey };
    },
  },
  {
    id: "minio-token-bogus",
    about: "MinIO, long-lived key with a token that was never issued",
    keys: () => Promise.resolve({ ...USER, sessionToken: "bogus" }),
  },
  { id: "minio-console", about: "MinIO, port of the console", port: ({ consolePort }) => consolePort },
  { id: "minio-reserved", about: "MinIO, /minio/ before the bucket", path: `minio/${BUCKET}` },
  { id: "minio-eu", about: "MinIO in eu-lab-1, no region", fact: "S", server: "europe" },
  {
    id: "minio-eu-option",
    about: "MinIO in eu-lab-1, options.region eu-lab-1",
    server: "europe",
    spec: { options: { region: "eu-lab-1" } },
  },
  {
    id: "minio-us-other",
    about: "MinIO, options.region eu-lab-1",
    spec: { options: { region: "eu-lab-1" } },
  },
];

/** Rows of s3 sinks at MinIO. */
export const MINIO_ROWS: readonly TruthRow<Minios>[] = ROWS.map(
  ({ id, about, fact = "C", server = "minio", policy = EVERYTHING, path, keys, port, ...sink }) => ({
    id,
    about,
    fact,
    setUp: async (servers) => {
      const at = servers[server];
      await at.setUser(USER, policy);
      const endpoint = `http://${at.host}:${port?.(at) ?? at.port}/${path ?? `${BUCKET}/kollect`}`;
      return sinkAt(endpoint, { ...sink, keys: (await keys?.(at)) ?? USER });
    },
  }),
);
