import fc from "fast-check";
import type { Sink } from "../../../capabilities/api/types";
import { SINK_FAMILIES, SINK_KINDS, type SinkType } from "../../../capabilities/api/vocabulary";
import type { Secret } from "../../../capabilities/domain/ports";
import type { Probe, ProbePlan } from "../../../capabilities/probes/probe";

/** Keys that the backends read from their Secrets, and from the Secret of an authority. */
const SECRET_KEYS: Readonly<Record<SinkType | "ca", readonly string[]>> = {
  postgres: ["dsn", "url", "connectionString", "DATABASE_URL", "tls.crt", "tls.key"],
  mongodb: ["uri", "url", "connectionString", "MONGODB_URI", "tls.crt", "tls.key"],
  bigquery: ["credentials.json"],
  kafka: ["username", "password", "token", "mechanism", "tls.crt", "tls.key"],
  nats: ["token", "username", "password", "nkey", "creds", "tls.crt", "tls.key"],
  git: ["username", "password", "token", "ssh-privatekey", "identity", "id_rsa", "known_hosts"],
  gitlab: ["username", "password", "token", "ssh-privatekey", "known_hosts"],
  s3: ["accessKeyID", "secretAccessKey", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "sessionToken"],
  gcs: ["accessKeyID", "secretAccessKey", "credentials.json"],
  ca: ["tls.crt", "ca.crt", "ca.pem"],
};

/** Beginnings that get a value past the first check, so that what follows is read too. */
const PREFIXES: Readonly<Record<SinkType, readonly string[]>> = {
  postgres: ["postgres://u:", "host=db user=u password="],
  mongodb: ["mongodb://u:", "mongodb+srv://u:"],
  bigquery: ['{"type":"service_account","private_key":"'],
  kafka: ["PLAIN", "SCRAM-SHA-256"],
  nats: ["S", "-----BEGIN NATS USER JWT-----\n"],
  git: ["-----BEGIN OPENSSH PRIVATE KEY-----\n", "db.shop ssh-ed25519 "],
  gitlab: ["glpat-"],
  s3: ["AKIA"],
  gcs: ["GOOG", '{"type":"service_account","private_key":"'],
};

const ENDPOINTS: Readonly<Record<SinkType, readonly string[]>> = {
  postgres: [""],
  mongodb: [""],
  bigquery: [""],
  kafka: ["db.shop:9092"],
  nats: ["nats://db.shop:4222"],
  git: ["https://db.shop/a/b.git", "git@db.shop:a/b.git"],
  gitlab: ["https://db.shop/a/b.git"],
  s3: ["s3://inventory/x", "https://db.shop/inventory"],
  gcs: ["gs://inventory/x"],
};

/** Values of a Secret: some of the keys that the type reads, each hostile from its start or behind a good one. */
export function hostileValues(type: SinkType, text: fc.Arbitrary<string>): fc.Arbitrary<Map<string, Buffer>> {
  const key = fc.constantFrom(...SECRET_KEYS[type], ...SECRET_KEYS.ca);
  const value = fc.tuple(
    fc.constantFrom("", ...PREFIXES[type]),
    text,
    fc.constantFrom("", "@db.shop/x", "\n"),
  );
  const bytes = fc.oneof(
    { weight: 9, arbitrary: value.map((parts) => Buffer.from(parts.join(""))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)) },
  );
  return fc.array(fc.tuple(key, bytes), { minLength: 1, maxLength: 6 }).map((entries) => new Map(entries));
}

/** Sinks of a type whose fields are hostile as far as a schema of another installer would let them. */
export function hostileSink(type: SinkType, text: fc.Arbitrary<string>): fc.Arbitrary<Sink> {
  const good = fc.constantFrom("inventory", "public", "main");
  const field = fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: text });
  const address = fc.oneof(fc.constantFrom(...ENDPOINTS[type]), text);
  const bundle = fc.option(
    text.map((value) => Buffer.from(value).toString("base64")),
    { nil: undefined, freq: 8 },
  );
  return fc
    .record({ a: field, b: field, c: field, address, bundle, withCa: fc.boolean() })
    .map((parts) => sinkOf(type, parts));
}

/** A sink of the type that is good but for what its address says. */
export function sinkAt(type: SinkType, address: string): Sink {
  return sinkOf(type, { a: "inventory", b: "public", c: "eu", address, withCa: false });
}

interface Parts {
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly address: string;
  readonly bundle?: string | undefined;
  readonly withCa: boolean;
}

function sinkOf(type: SinkType, { a, b, c, address, bundle, withCa }: Parts): Sink {
  const kind = SINK_KINDS.find((each) => (SINK_FAMILIES[each].types as readonly string[]).includes(type));
  const reference = { name: "keys" };
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind,
    metadata: { name: "sink", namespace: "shop", uid: "u", resourceVersion: "1", generation: 1 },
    spec: {
      type,
      endpoint: address,
      secretRef: reference,
      options: { region: c },
      postgres: { databaseRef: reference, table: a, schema: b },
      mongodb: { databaseRef: reference, database: a, collection: b },
      bigquery: { secretRef: reference, project: a, dataset: b, table: c, location: c },
      kafka: { brokers: [address], topic: a },
      nats: { url: address, subject: a, stream: b },
      git: { branch: a },
      gitlab: { mergeRequest: { mode: "merge_request", targetBranch: b } },
      ...(bundle === undefined && !withCa
        ? {}
        : { tls: { caBundle: bundle, ...(withCa ? { caSecretRef: { name: "ca" } } : {}) } }),
    },
  } as unknown as Sink;
}

/** The plan as the operator makes it, with the same values in every Secret that the sink names. */
export function planned(probe: Probe, sink: Sink, data: ReadonlyMap<string, Buffer>): ProbePlan {
  const secrets = new Map(
    probe.references(sink).map(({ field, name }): [string, Secret] => {
      return [field, { namespace: "shop", name, resourceVersion: "1", data }];
    }),
  );
  return probe.plan(sink, secrets, { ambientCredentials: false });
}
