import { MongoClient, type MongoClientOptions } from "mongodb";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mongodbCase, mongodbUri, trusting, type UriValues } from "../../../lab/backends/mongodb";
import { refusedPort } from "../../../lab/faults";
import { createAuthority } from "../../../lab/pki";
import { APP, ASCII, run, type Stage } from "./stage";

interface Row {
  readonly name: string;
  readonly uri: (stage: Stage) => Promise<UriValues> | UriValues;
  /** Whether the connection uses TLS, and with which authority. */
  readonly tls?: "trusted" | "other authority";
  /** What the probe finds; undefined when it reaches the collection. */
  readonly cause?: string;
  /** What the public client says; undefined when it connects and can list collections. */
  readonly error?: RegExp;
}

const at = (stage: Stage, values: Partial<UriValues> = {}): UriValues => ({
  hosts: [stage.server],
  query: APP,
  ...values,
});
const secured = (stage: Stage): UriValues => ({
  hosts: [{ host: "localhost", port: stage.server.tlsPort }],
  query: APP,
});

const ROWS: readonly Row[] = [
  { name: "a good login", uri: (stage) => at(stage) },
  { name: "another user", uri: (stage) => at(stage, ASCII) },
  ...["SCRAM-SHA-1", "SCRAM-SHA-256"].map((mechanism) => ({
    name: `a good login by ${mechanism}`,
    uri: (stage: Stage) => at(stage, { ...ASCII, query: `${APP}&authMechanism=${mechanism}` }),
  })),
  {
    name: "a wrong password",
    uri: (stage) => at(stage, { password: "not-the-password" }),
    cause: "AuthenticationFailed",
    error: /auth/i,
  },
  {
    name: "a user that does not exist",
    uri: (stage) => at(stage, { user: "unknown" }),
    cause: "AuthenticationFailed",
    error: /auth/i,
  },
  {
    name: "a user of another authSource",
    uri: (stage) => at(stage, { query: "authSource=elsewhere" }),
    cause: "AuthenticationFailed",
    error: /auth/i,
  },
  {
    name: "no login where one is wanted",
    uri: (stage) => at(stage, { user: null, query: "" }),
    cause: "AuthenticationFailed",
    error: /auth/i,
  },
  {
    name: "a port where nothing listens",
    uri: async () => ({ hosts: [await refusedPort()], query: APP }),
    cause: "ConnectionRefused",
    error: /ECONNREFUSED/,
  },
  {
    name: "a standalone server behind replicaSet",
    uri: (stage) => at(stage, { query: `${APP}&replicaSet=rs0` }),
    cause: "InvalidConfiguration",
    error: /Server selection timed out/,
  },
  { name: "TLS with the server's authority", uri: secured, tls: "trusted" },
  {
    name: "TLS with another authority",
    uri: secured,
    tls: "other authority",
    cause: "TLSUntrusted",
    error: /self-signed certificate|unable to (verify|get)/,
  },
];

/** The probe is built of parts of the driver; its public client must come to the same outcome. */
export function publicClient(stage: Stage): void {
  describe("the public client of mongodb comes to the same outcome as the probe", () => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-mongo-client-"));
    const other = createAuthority();
    const fileOf = (tls: NonNullable<Row["tls"]>): string => join(folder, tls.replace(" ", "-"));
    beforeAll(() => {
      writeFileSync(fileOf("trusted"), stage.authority.cert);
      writeFileSync(fileOf("other authority"), other.cert);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(ROWS)("$name", async ({ uri, tls, cause, error }) => {
      const text = mongodbUri(await uri(stage));
      const authority = tls === "other authority" ? other : stage.authority;
      const report = await run(mongodbCase(text, tls ? { tls: trusting(authority.cert) } : {}));
      expect(report.failure?.cause).toBe(cause);
      const said = await connect(text, tls ? { tls: true, tlsCAFile: fileOf(tls) } : {});
      if (error === undefined) expect(said).toBeUndefined();
      else expect(said).toMatch(error);
    });
  });
}

/** What the public client says; undefined when it connects and may ask for the collections. */
async function connect(uri: string, options: MongoClientOptions): Promise<string | undefined> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 2_000, ...options });
  try {
    await client.connect();
    await client.db("inventory").listCollections().toArray();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await client.close();
  }
}
