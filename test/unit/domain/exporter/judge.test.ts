import { describe, expect, it } from "vitest";
import type { Sink } from "../../../../capabilities/api/types";
import { LIMITATION_IDS, type LimitationId, type SinkType } from "../../../../capabilities/api/vocabulary";
import {
  asExporterReads,
  declaredLimitations,
  limitationsOf,
  strictFailure,
} from "../../../../capabilities/domain/exporter/judge";
import { LIMITATIONS } from "../../../../capabilities/domain/exporter/limitations";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../../../capabilities/domain/exporter/settings";
import type { SinkInput } from "../../../../capabilities/domain/exporter/sink-input";
import type { Secret } from "../../../../capabilities/domain/ports";

const STRICT: ExporterSettings = { ...DEFAULT_EXPORTER, strict: true };
const NEXT: ExporterSettings = { ...DEFAULT_EXPORTER, version: "next" };

function input(spec: object, data: Readonly<Record<string, string>> = {}): SinkInput {
  const values = new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]));
  const secret: Secret = { namespace: "shop", name: "s", resourceVersion: "1", data: values };
  const sink = { metadata: { name: "sink", namespace: "shop" }, spec } as Sink;
  return { sink, secrets: new Map([["spec.secretRef", secret]]), bigqueryEmulator: false };
}

interface Case {
  readonly id: LimitationId;
  readonly type: SinkType;
  readonly applies: SinkInput;
  readonly not?: SinkInput;
  /** What strict mode leaves of the sink, where the row has a reading of its own. */
  readonly read?: object;
  readonly settings?: ExporterSettings;
}

const CA = { tls: { caBundle: "Y2E=" } };

const DECLARED: readonly Case[] = [
  { id: "SecretNotRead", type: "mongodb", applies: input({}) },
  {
    id: "AnonymousRequests",
    type: "bigquery",
    applies: input({}),
    not: { ...input({}), bigqueryEmulator: true },
  },
  {
    id: "ExistingStillCreates",
    type: "postgres",
    applies: input({ provisioning: { mode: "existing" } }),
    not: input({ provisioning: { mode: "ensure" } }),
    read: { provisioning: { mode: "ensure" } },
  },
  { id: "TLSSettingsIgnored", type: "postgres", applies: input(CA), not: input({ tls: {} }), read: {} },
  { id: "TLSSettingsIgnored", type: "s3", applies: input({ tls: { insecureSkipVerify: true } }), read: {} },
  {
    id: "MechanismIgnored",
    type: "kafka",
    applies: input({}, { mechanism: "PLAIN" }),
    not: input({}, { mechanism: "SCRAM-SHA-256\n" }),
  },
  { id: "ClientCertificateIgnored", type: "nats", applies: input({}, { "tls.key": "k" }), not: input({}) },
  { id: "CredsIgnored", type: "nats", applies: input({}, { creds: "c" }), not: input({}, { creds: "" }) },
  {
    id: "URLUserinfoRefused",
    type: "nats",
    applies: input({ nats: { url: "nats://u:p@n:4222" } }),
    not: input({ nats: { url: "nats://n:4222" } }),
    settings: NEXT,
  },
  {
    id: "InsecureNeedsFlag",
    type: "git",
    applies: input({ tls: { insecureSkipVerify: true } }),
    not: input(CA),
    settings: NEXT,
  },
  {
    id: "GitBlockIgnored",
    type: "gitlab",
    applies: input({ git: { branch: "x" } }),
    not: input({ git: {} }),
  },
  {
    id: "CAIgnoredByCLIEngine",
    type: "git",
    applies: input({ endpoint: "https://g/o/r", git: { engine: "cli" }, ...CA }),
    not: input({ endpoint: "https://g/o/r", git: { engine: "go-git" }, ...CA }),
    read: { endpoint: "https://g/o/r", git: { engine: "cli" }, tls: { insecureSkipVerify: false } },
  },
  {
    id: "SessionTokenIgnored",
    type: "s3",
    applies: input({}, { sessionToken: "t" }),
    not: input({}, { sessionToken: "" }),
  },
  {
    id: "GSURLUnsupported",
    type: "gcs",
    applies: input({ endpoint: "gs://b/p" }),
    not: input({ endpoint: "b/p" }),
  },
  {
    id: "CredentialsJSONIgnored",
    type: "gcs",
    applies: input({}, { "credentials.json": "{}" }),
    not: input({}, { "credentials.json": "{}", accessKeyID: "k" }),
  },
  {
    id: "BucketPathGoesToAWS",
    type: "gcs",
    applies: input({ endpoint: "bucket/prefix" }),
    not: input({ endpoint: "https://storage.googleapis.com/b" }),
  },
  {
    id: "GCSSigning",
    type: "gcs",
    applies: input({ endpoint: "https://storage.googleapis.com/b" }, { accessKeyID: "k" }),
    not: input({ endpoint: "https://minio.shop/b" }, { accessKeyID: "k" }),
  },
];

/** Rows that only a probe finds out about. */
const NOTED: readonly LimitationId[] = [
  "EmptyRepository",
  "BranchMissing",
  "TLSUnsupported",
  "StreamOverwritten",
  "RESTIgnoresCA",
  "RegionIgnored",
  "PrivateAddressRefused",
];

describe("limitations of the exporter", () => {
  it("all have a case here", () => {
    expect([...new Set([...DECLARED.map(({ id }) => id), ...NOTED])].sort()).toEqual(
      [...LIMITATION_IDS].sort(),
    );
  });
  it.each(DECLARED)("$id applies to $type sinks that show it, and to no others", (each) => {
    const { id, type, settings = DEFAULT_EXPORTER } = each;
    const ids = (of: SinkInput): LimitationId[] =>
      declaredLimitations(type, of, settings).map((note) => note.id);
    expect(ids(each.applies)).toContain(id);
    if (each.not) expect(ids(each.not)).not.toContain(id);
    expect(declaredLimitations(type, each.applies, { ...settings, version: "none" })).toEqual([]);
  });
  it.each(DECLARED.filter(({ read }) => read))("$id of $type is read away in strict mode alone", (each) => {
    expect(asExporterReads(each.type, each.applies, STRICT).sink.spec).toEqual(each.read);
    expect(asExporterReads(each.type, each.applies, DEFAULT_EXPORTER)).toBe(each.applies);
  });
  it.each([
    ["kafka", { mechanism: "PLAIN", username: "k" }, ["username"]],
    ["nats", { creds: "c", nkey: "n", "tls.key": "k", "tls.crt": "c", token: "t" }, ["token"]],
    ["s3", { sessionToken: "t", AWS_SESSION_TOKEN: "t", accessKeyID: "a" }, ["accessKeyID"]],
    ["gcs", { "credentials.json": "{}" }, []],
  ] as const)("ignored keys of a %s sink are gone in strict mode", (type, data, left) => {
    const read = asExporterReads(type, input({}, data), STRICT);
    expect([...(read.secrets.get("spec.secretRef")?.data.keys() ?? [])]).toEqual(left);
  });
  it("keep the authorities of spec.tls.caSecretRef out of what strict mode removes", () => {
    const { secrets, ...rest } = input({}, { "tls.key": "k" });
    const ca = secrets.get("spec.secretRef");
    const read = asExporterReads(
      "nats",
      { ...rest, secrets: new Map(ca ? [["spec.tls.caSecretRef", ca]] : []) },
      STRICT,
    );
    expect(read.secrets.get("spec.tls.caSecretRef")?.data.has("tls.key")).toBe(true);
  });
  it("drop options.region of s3 and gcs in strict mode", () => {
    const read = asExporterReads("s3", input({ options: { region: "eu-west-1", x: "y" } }), STRICT);
    expect(read.sink.spec.options).toEqual({ x: "y" });
  });
});

describe("limitationsOf", () => {
  it("puts the worst first, counts the worst effect of a row, and drops rows of other types", () => {
    const notes = [
      { id: "ClientCertificateIgnored" },
      { id: "StreamOverwritten" },
      { id: "ClientCertificateIgnored", effect: "fails" },
      { id: "GCSSigning" },
    ] as const;
    expect(limitationsOf("nats", notes, DEFAULT_EXPORTER)).toMatchObject([
      { id: "ClientCertificateIgnored", effect: "fails" },
      { id: "StreamOverwritten", effect: "overwrites" },
    ]);
  });
  it("names version, effect and workaround", () => {
    const [first] = limitationsOf("nats", [{ id: "CredsIgnored" }], DEFAULT_EXPORTER);
    expect(first?.message).toBe(
      "Kollect 0.18 ignores the keys creds and nkey, so exports fail. " +
        "Use a login with a token, or with username and password.",
    );
  });
  it("counts private addresses only where the manager refuses them", () => {
    const notes = [{ id: "PrivateAddressRefused" }] as const;
    expect(limitationsOf("s3", notes, DEFAULT_EXPORTER)).toEqual([]);
    expect(limitationsOf("s3", notes, { ...DEFAULT_EXPORTER, privateSinks: "refused" })).toHaveLength(1);
  });
  it("leaves out what another version or a patched build does not have", () => {
    const notes = [{ id: "ExistingStillCreates" }] as const;
    expect(limitationsOf("postgres", notes, NEXT)).toEqual([]);
    expect(
      limitationsOf("postgres", notes, { ...DEFAULT_EXPORTER, lifted: ["ExistingStillCreates"] }),
    ).toEqual([]);
  });
  it.each(LIMITATION_IDS)("%s is a sentence of at most 300 characters", (id) => {
    const type = LIMITATIONS[id].types[0] ?? "git";
    const version = LIMITATIONS[id].versions[0] ?? "0.18";
    const settings: ExporterSettings = { version, strict: false, privateSinks: "refused" };
    const [{ message = "" } = {}] = limitationsOf(type, [{ id, effect: "fails" }], settings);
    expect(message).toMatch(/^(Kollect 0\.18|The next release of Kollect) .*\.$/);
    expect(message.length).toBeLessThan(300);
  });
});

describe("strictFailure", () => {
  const limited = (id: LimitationId, type: SinkType): ReturnType<typeof limitationsOf> =>
    limitationsOf(type, [{ id, effect: "fails" }], DEFAULT_EXPORTER);

  it("is UnsupportedByExporter for a row that no reading of the sink avoids", () => {
    expect(strictFailure(limited("GSURLUnsupported", "gcs"), STRICT)).toMatchObject({
      reason: "ConnectionTestFailed",
      cause: "UnsupportedByExporter",
    });
  });
  it("leaves the verdict to the probe of the sink as it is read", () => {
    expect(strictFailure(limited("CredsIgnored", "nats"), STRICT)).toBeUndefined();
  });
  it("never decides without strict settings", () => {
    expect(strictFailure(limited("GSURLUnsupported", "gcs"), DEFAULT_EXPORTER)).toBeUndefined();
  });
});
