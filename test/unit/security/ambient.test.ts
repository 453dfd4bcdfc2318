import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import type { SinkType } from "../../../capabilities/api/vocabulary";
import type { Probe } from "../../../capabilities/probes/probe";
import { PROBES } from "../../../capabilities/probes/registry";
import { runCase } from "../../../lab/backends/run-case";
import { blackHole, faultServer, type Fault } from "../../../lab/faults";
import { CANARY, expectNoTrace, outcomeOf } from "./hostile";
import { planned, sinkAt } from "./sinks";

/** What people and platforms leave in a pod's home and mounts for drivers and tools to find. */
const FILES: Readonly<Record<string, string>> = {
  ".pgpass": `*:*:*:*:${CANARY}\n`,
  ".pg_service.conf": `[shop]\npassword=${CANARY}\n`,
  ".netrc": `default login ${CANARY} password ${CANARY}\n`,
  ".git-credentials": `http://${CANARY}:${CANARY}@127.0.0.1\n`,
  ".gitconfig": `[http]\n\textraHeader = X-Token: ${CANARY}\n`,
  ".aws/credentials": `[default]\naws_access_key_id = ${CANARY}\naws_secret_access_key = ${CANARY}\n`,
  ".config/gcloud/application_default_credentials.json": `{"refresh_token":"${CANARY}"}`,
  ".ssh/id_rsa": CANARY,
  token: CANARY,
};

function environment(home: string, proxy: string): Record<string, string> {
  const token = join(home, "token");
  return {
    HOME: home,
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, http_proxy: proxy, https_proxy: proxy },
    ...{ PGUSER: CANARY, PGPASSWORD: CANARY, PGPASSFILE: join(home, ".pgpass"), PGOPTIONS: `-c a=${CANARY}` },
    ...{
      PGAPPNAME: CANARY,
      PGSSLMODE: "disable",
      PGSERVICEFILE: join(home, ".pg_service.conf"),
      PGSERVICE: "shop",
    },
    ...{ AWS_ACCESS_KEY_ID: CANARY, AWS_SECRET_ACCESS_KEY: CANARY, AWS_SESSION_TOKEN: CANARY },
    ...{ AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: CANARY, AWS_ENDPOINT_URL: proxy },
    ...{ GOOGLE_APPLICATION_CREDENTIALS: join(home, ".config/gcloud/application_default_credentials.json") },
    ...{ GIT_ASKPASS: `echo ${CANARY}`, SSH_AUTH_SOCK: token, NATS_CREDS: token, NATS_TOKEN: CANARY },
    ...{ MONGODB_URI: CANARY, DATABASE_URL: CANARY, KAFKA_OPTS: CANARY },
  };
}

/** The answers that make a client send whatever credentials it has. */
const ASKS: Readonly<Partial<Record<SinkType, (socket: NodeJS.WritableStream) => void>>> = {
  nats: (socket) =>
    socket.write(
      'INFO {"server_id":"a","version":"2.10.0","proto":1,"auth_required":true,"max_payload":1}\r\n',
    ),
};
const CLEARTEXT_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
const UNAUTHORIZED =
  'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm="shop"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

/** A server that asks for a login in the client's own protocol, and keeps what it hears. */
async function listener(type: SinkType): Promise<Fault & { heard(): string }> {
  const heard: Buffer[] = [];
  const server = await faultServer((socket) => {
    ASKS[type]?.(socket);
    socket.on("data", (bytes: Buffer) => {
      heard.push(bytes);
      if (type === "postgres") socket.write(bytes.length === 8 ? "N" : CLEARTEXT_PASSWORD);
      else if (type === "git" || type === "gitlab") socket.end(UNAUTHORIZED);
      else if (type !== "nats" || bytes.includes("PING")) socket.end();
    });
  });
  return { ...server, heard: () => Buffer.concat(heard).toString("latin1") };
}

/** A sink of the type at the server, with credentials that leave out what they can. */
function bareSink(
  type: SinkType,
  at: string,
): { sink: Sink; secrets: Record<string, Record<string, string>> } {
  const reference = { name: "keys" };
  const spec = {
    type,
    endpoint: `http://${at}/shop/orders.git`,
    postgres: { databaseRef: reference, table: "inventory" },
    mongodb: { databaseRef: reference, database: "shop", collection: "orders" },
    kafka: { brokers: [at], topic: "orders" },
    nats: { url: `nats://${at}`, subject: "orders" },
  };
  return {
    sink: { ...sinkAt(type, at), spec } as unknown as Sink,
    secrets: {
      "spec.postgres.databaseRef": { dsn: `postgres://kollect@${at}/x` },
      "spec.mongodb.databaseRef": { uri: `mongodb://${at}/` },
    },
  };
}

let home: string;
let proxy: Fault;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "kollect-home-"));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), text, { mode: 0o600 });
  }
  proxy = await blackHole();
});
afterAll(async () => {
  await proxy.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  for (const [name, value] of Object.entries(environment(home, `http://127.0.0.1:${proxy.port}`))) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => void vi.unstubAllEnvs());

describe("what lies around in the operator's own pod", () => {
  it.each(["postgres", "mongodb", "kafka", "nats", "git", "gitlab"] as const)(
    "is not what a %s sink logs in with",
    async (type) => {
      const server = await listener(type);
      try {
        const bare = bareSink(type, `127.0.0.1:${server.port}`);
        const report = await runCase(PROBES[type] as Probe, bare, { timeoutMs: 5000 });

        expect(server.heard().length).toBeGreaterThan(0);
        expectNoTrace(server.heard());
        expectNoTrace(JSON.stringify(report));
        expect(report.failure?.cause).not.toBe("Internal");
        expect(proxy.seen()).toBe(0);
      } finally {
        await server.close();
      }
    },
    30_000,
  );

  it.each(["s3", "gcs", "bigquery"] as const)("is no reason to take a %s sink without a Secret", (type) => {
    const sink = sinkAt(type, { s3: "s3://inventory", gcs: "gs://inventory", bigquery: "" }[type]);
    const { secretRef: _, bigquery, ...spec } = sink.spec as Sink["spec"] & { bigquery?: object };
    const bare = {
      ...sink,
      spec: { ...spec, bigquery: { ...bigquery, secretRef: undefined } },
    } as unknown as Sink;

    const { failure } = outcomeOf(() => planned(PROBES[type] as Probe, bare, new Map()));

    expect(failure?.cause).toBe("NoCredentials");
  });
});

describe("a Secret that names the operator's files", () => {
  const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  const account = (fields: object): string => JSON.stringify({ type: "external_account", ...fields });

  it.each<readonly [SinkType, string, string, RegExp]>([
    ["postgres", "dsn", `postgres://u@db.shop/x?passfile=${TOKEN}`, /no probe can read it/],
    ["postgres", "dsn", "host=db.shop user=u service=shop", /a file in the exporter's pod/],
    ["postgres", "dsn", "host=/var/run user=u", /Unix socket/],
    ...["tlsCAFile", "tlsCertificateKeyFile", "tlsCRLFile", "sslCA", "sslCert", "sslKey"].map(
      (name) => ["mongodb", "uri", `mongodb://u:p@db.shop/?${name}=${TOKEN}`, /reads no files/] as const,
    ),
    ["mongodb", "uri", "mongodb://%2Fvar%2Frun%2Fmongodb.sock/", /Unix socket/],
    ["mongodb", "uri", "mongodb://u:p@db.shop/?proxyHost=proxy.shop", /dial the server themselves/],
    [
      "gcs",
      "credentials.json",
      account({ credential_source: { file: TOKEN } }),
      /only those of type service_account/,
    ],
    [
      "bigquery",
      "credentials.json",
      account({ credential_source: { url: "http://x" } }),
      /only those of type/,
    ],
  ])("is refused: %s, %s %s", (type, key, text, words) => {
    const sink = sinkAt(type, type === "gcs" ? "gs://inventory" : "");

    const { failure } = outcomeOf(() =>
      planned(PROBES[type] as Probe, sink, new Map([[key, Buffer.from(text)]])),
    );

    expect(failure?.cause).toBe("SecretValueInvalid");
    expect(failure?.message).toMatch(words);
  });

  it.each([
    "sslrootcert=FILE",
    "sslcert=FILE&sslkey=FILE",
    "passfile=FILE",
    "servicefile=FILE",
    "sslcrl=FILE",
  ])("is read for the sink's exporter alone: postgres, %s", (query) => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-ambient-"));
    const file = join(folder, "file");
    writeFileSync(file, "CANARY-OF-A-FILE");
    try {
      const dsn = `postgres://u:p@db.shop/x?${query.replaceAll("FILE", encodeURIComponent(file))}`;
      const plan = planned(
        PROBES.postgres as Probe,
        sinkAt("postgres", ""),
        new Map([["dsn", Buffer.from(dsn)]]),
      );
      expect(JSON.stringify(plan)).not.toContain("CANARY");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
