import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { DEFAULT_EXPORTER } from "../../../capabilities/domain/exporter/settings";
import type { Secret } from "../../../capabilities/domain/ports";
import { probeFor } from "../../../capabilities/probes/registry";
import {
  resolveSink,
  secretsOf,
  type Resolution,
  type ResolveDependencies,
} from "../../../capabilities/resolve/resolve-sink";
import { createAuthority, trusting } from "../../../lab/pki";

const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
const DSN = "postgres://kollect:pw@db:5432/inventory";

function sink(spec: Partial<KollectDatabaseSink["spec"]> = {}): KollectDatabaseSink {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid: "u", generation: 1, resourceVersion: "3" },
    spec: { type: "postgres", postgres: { databaseRef: { name: "pg" }, table: "inventory" }, ...spec },
  };
}

function secret(name: string, values: Readonly<Record<string, string>>, namespace = "shop"): Secret {
  const data = new Map(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)]));
  return { namespace, name, resourceVersion: "7", data };
}

interface World extends Partial<Pick<ResolveDependencies, "sharedSecrets" | "planOptions">> {
  readonly sink?: KollectDatabaseSink;
  readonly secrets?: readonly Secret[];
  readonly error?: Error;
  /** Secrets of the sink's namespace that are read at the same time as it. */
  readonly expected?: readonly string[];
}

/** Resolves in a cluster with these objects, and lists what was read of it. */
async function resolved(world: World): Promise<{ found: Resolution; reads: string[] }> {
  const reads: string[] = [];
  const { sharedSecrets = [], planOptions = { ambientCredentials: false } } = world;
  const cluster: ResolveDependencies["cluster"] = {
    getSink: (kind, namespace, name) => {
      reads.push(`${kind} ${namespace}/${name}`);
      return Promise.resolve(world.sink);
    },
    getSecret: (namespace, name) => {
      reads.push(`Secret ${namespace}/${name}`);
      if (world.error) return Promise.reject(world.error);
      const isWanted = (each: Secret): boolean => each.namespace === namespace && each.name === name;
      return Promise.resolve(world.secrets?.find(isWanted));
    },
  };
  const dependencies = { cluster, probeFor, sharedSecrets, planOptions };
  const expected = world.expected?.map((name) => ({ namespace: "shop", name }));
  const { signal } = new AbortController();
  return { found: await resolveSink(TARGET, dependencies, signal, expected), reads };
}

describe("a sink with a text that no field needs", () => {
  it("is InvalidConfiguration with the field, before a Secret is read", async () => {
    const options = { ["x\u202e"]: "y".repeat(8193) };
    const { found, reads } = await resolved({
      sink: sink({ options }),
      secrets: [secret("pg", { dsn: DSN })],
    });
    expect(found.failure).toMatchObject({ reason: "ConnectionTestFailed", cause: "InvalidConfiguration" });
    expect(found.failure?.message).toMatch(/^spec\.options\.… is longer than 8192 characters/);
    expect(reads).toEqual(["KollectDatabaseSink shop/orders"]);
  });
  it("is probed when the text is spec.tls.caBundle", async () => {
    const caBundle = Buffer.from(createAuthority().cert.repeat(20)).toString("base64");
    const { found } = await resolved({
      sink: sink({ tls: { caBundle } }),
      secrets: [secret("pg", { dsn: DSN })],
    });
    expect(found.failure).toBeUndefined();
  });
});

describe("a sink that can be probed", () => {
  it("has a plan, what was read, and the bytes that the plan holds", async () => {
    const pg = secret("pg", { dsn: DSN, note: "1234" });
    const declared = sink();
    const { found, reads } = await resolved({ sink: declared, secrets: [pg] });
    expect(reads).toEqual(["KollectDatabaseSink shop/orders", "Secret shop/pg"]);
    expect(found).toMatchObject({ sink: declared, secrets: [pg] });
    expect(found).not.toHaveProperty("failure");
    expect(found).not.toHaveProperty("missing");
    expect(found.ready).toMatchObject({ type: "postgres", bytes: DSN.length + 4 });
    expect(found.ready?.plan.endpoint).toBe("db:5432");
  });

  it("counts its CA bundle to the bytes", async () => {
    const tls = trusting(createAuthority().cert);
    const { found } = await resolved({ sink: sink({ tls }), secrets: [secret("pg", { dsn: DSN })] });
    expect(found.failure ?? found.ready?.bytes).toBe(DSN.length + tls.caBundle.length);
  });

  it("names every Secret that it refers to, each read once from where it may be", async () => {
    const secretRef = { name: "common", namespace: "platform" };
    const sharedSecrets = [{ sinkNamespace: "shop", ...secretRef }];
    const secrets = [secret("pg", { dsn: DSN }), secret("common", { x: "y" }, "platform")];
    const { found, reads } = await resolved({ sink: sink({ secretRef }), secrets, sharedSecrets });
    expect(reads.slice(1)).toEqual(["Secret shop/pg", "Secret platform/common"]);
    expect(found.secrets).toEqual(secrets);
    expect(found.ready).toBeDefined();
  });
});

describe("a sink whose Secrets are expected", () => {
  const pg = secret("pg", { dsn: DSN });

  it("has them read before its own read ends, and once", async () => {
    const { found, reads } = await resolved({ sink: sink(), secrets: [pg], expected: ["pg"] });
    expect(reads).toEqual(["Secret shop/pg", "KollectDatabaseSink shop/orders"]);
    expect(found).toMatchObject({ secrets: [pg], ready: { type: "postgres" } });
  });

  it("is resolved as it is now, when it names another Secret, or does not exist any more", async () => {
    const stale = { secrets: [pg, secret("old", { dsn: "not a DSN" })], expected: ["old", "missing"] };
    expect((await resolved({ sink: sink(), ...stale })).found).toEqual(
      (await resolved({ sink: sink(), secrets: [pg] })).found,
    );
    expect((await resolved(stale)).found).toMatchObject({ missing: "sink", secrets: [] });
  });

  it("fails with the fault of a Secret only if it names that Secret", async () => {
    const error = new ClusterError("get Secret shop/pg", 500, "InternalError", "the API server failed");
    await expect(resolved({ sink: sink(), error, expected: ["pg"] })).rejects.toBe(error);
    expect((await resolved({ error, expected: ["pg"] })).found.missing).toBe("sink");
  });
});

describe("the Secrets to expect", () => {
  const dependencies = { probeFor, sharedSecrets: [] };

  it("are those that the sink names and that may be read", () => {
    const secretRef = { name: "common", namespace: "platform" };
    const tls = { caSecretRef: { name: "ca" } };
    expect(secretsOf(sink({ secretRef, tls }), dependencies)).toEqual([
      { namespace: "shop", name: "pg" },
      { namespace: "shop", name: "ca" },
    ]);
  });

  it.each([
    ["an unknown type", { type: "floppy" }],
    ["a missing block", { postgres: undefined }],
    ["a block that is no object", { postgres: 7 }],
  ])("are none for a sink with %s", (_what, spec) => {
    expect(secretsOf(sink(spec as never), dependencies)).toEqual([]);
  });
});

it("reads a Secret once that two fields name", async () => {
  const both = sink({ secretRef: { name: "pg" } });
  const { found, reads } = await resolved({ sink: both, secrets: [secret("pg", { dsn: DSN })] });
  expect(reads.slice(1)).toEqual(["Secret shop/pg"]);
  expect(found.secrets).toHaveLength(1);
});

describe("limitations of the exporter", () => {
  const limited = sink({ tls: { insecureSkipVerify: true } });
  const secrets = [secret("pg", { dsn: DSN })];

  it("are those that follow from the sink", async () => {
    const { found } = await resolved({ sink: limited, secrets });
    expect(found.limited?.map(({ id }) => id)).toContain("TLSSettingsIgnored");
    expect((await resolved({ sink: sink(), secrets })).found.limited).toEqual([]);
  });

  it("are kept when the plan fails", async () => {
    const broken = [secret("pg", { dsn: "not a DSN" })];
    const { found } = await resolved({ sink: limited, secrets: broken });
    expect(found.failure?.cause).toBe("SecretValueInvalid");
    expect(found.limited?.map(({ id }) => id)).toContain("TLSSettingsIgnored");
  });

  it.each([
    ["without an emulator", {}, true],
    ["with one", { bigqueryEmulatorHost: "127.0.0.1:9050" }, false],
  ])("follow from what the exporter's pod has: BigQuery %s", async (_which, cloud, isLimited) => {
    const bigquery = { project: "shop", dataset: "inventory", table: "items" };
    const spec = { type: "bigquery", bigquery, postgres: undefined } as const;
    const planOptions = { ambientCredentials: false, cloud };
    const { found } = await resolved({ sink: sink(spec), planOptions });
    expect(found.limited?.some(({ id }) => id === "AnonymousRequests")).toBe(isLimited);
  });

  it("change the plan with strict settings alone", async () => {
    const plans = await Promise.all(
      [true, false].map(async (strict) => {
        const planOptions = { ambientCredentials: false, exporter: { ...DEFAULT_EXPORTER, strict } };
        const { found } = await resolved({
          sink: sink({ tls: { caBundle: "not a certificate" } }),
          secrets: [secret("pg", { dsn: `${DSN}?sslmode=require` })],
          planOptions,
        });
        return found.failure?.cause ?? found.ready?.plan.endpoint;
      }),
    );
    expect(plans).toEqual(["db:5432", "InvalidConfiguration"]);
  });
});

describe("what is missing", () => {
  it("is the sink", async () => {
    const { found, reads } = await resolved({});
    expect(found).toEqual({
      secrets: [],
      missing: "sink",
      failure: {
        reason: "SinkNotFound",
        message: "There is no KollectDatabaseSink orders in namespace shop. Apply the sink.",
      },
    });
    expect(reads).toHaveLength(1);
  });

  it.each([
    ["a Secret", [], "SecretNotFound"],
    ["a key of it", [secret("pg", { other: "x" })], "SecretKeyMissing"],
  ])("is %s, which may still appear", async (_what, secrets, cause) => {
    const { found } = await resolved({ sink: sink(), secrets });
    expect(found).toMatchObject({ failure: { cause }, missing: "secret", secrets });
    expect(found.sink).toBeDefined();
    expect(found).not.toHaveProperty("ready");
  });

  it("names the Secret, its field and its namespace", async () => {
    const { found } = await resolved({ sink: sink() });
    expect(found.failure?.message).toBe(
      "Secret pg, which spec.postgres.databaseRef names, does not exist in namespace shop. " +
        "Create it with the keys that the sink's type expects.",
    );
  });
});

describe("what never appears by waiting", () => {
  it("is a Secret that the sink may not use, and it is not read", async () => {
    const postgres = { databaseRef: { name: "pg", namespace: "other" }, table: "inventory" };
    const { found, reads } = await resolved({ sink: sink({ postgres }) });
    expect(found.failure?.cause).toBe("ReferenceForbidden");
    expect(found.missing).toBeUndefined();
    expect(reads).toHaveLength(1);
  });

  it("is a Secret that is too large", async () => {
    const error = new ClusterError("get Secret shop/pg", 0, "TooLarge", "too large");
    const { found } = await resolved({ sink: sink(), error });
    expect(found.failure?.cause).toBe("SecretValueInvalid");
    expect(found.failure?.message).toMatch(
      /^Secret pg, which spec\.postgres\.databaseRef names, is larger than/,
    );
    expect(found.missing).toBeUndefined();
  });

  it("is a sink without a namespace of its own in its metadata: its Secrets are refused", async () => {
    const { metadata, ...rest } = sink();
    const found = resolved({ sink: { ...rest, metadata: { ...metadata, namespace: undefined } } as never });
    expect((await found).found.failure?.cause).toBe("ReferenceForbidden");
  });
});

it.each([
  ["the API server's refusal", new ClusterError("get Secret shop/pg", 403, "Forbidden", "no")],
  ["any other error", new Error("aborted")],
])("throws %s", async (_what, error) => {
  await expect(resolved({ sink: sink(), error })).rejects.toBe(error);
});
