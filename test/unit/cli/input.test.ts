import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import { SINK_DEFINITIONS } from "../../../capabilities/api/schema";
import { SINK_TYPES } from "../../../capabilities/api/vocabulary";
import { checkPolicy } from "../../../cli/check/policy";
import { inputCluster } from "../../../cli/check/secrets";
import { grantsFor } from "../../../cli/grants/grants";
import { parseManifests } from "../../../cli/input/documents";
import { inputOf, type Input } from "../../../cli/input/input";
import { readSources } from "../../../cli/input/read";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";

const VALUE = "canary-value";
const SINK = `
apiVersion: kollect.dev/v1alpha1
kind: KollectDatabaseSink
metadata: {name: orders}
spec: {type: postgres, postgres: {databaseRef: {name: dsn}, table: t}}
`;

function input(text: string, namespace = "shop"): Input {
  return inputOf([{ name: "in.yaml", text }], namespace);
}

function refused(text: string): string {
  try {
    input(text);
  } catch (error) {
    return String(error);
  }
  return "";
}

function secret(body: string): string {
  return `${SINK}---\napiVersion: v1\nkind: Secret\nmetadata: {name: dsn}\n${body}`;
}

describe("the schemas of sinks", () => {
  it.each(SINK_DEFINITIONS)("are valid, which the plugin does not check: $kind", ({ spec }) => {
    const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
    expect(ajv.validateSchema(spec), ajv.errorsText()).toBe(true);
  });
});

describe("the files of check", () => {
  it("are sorted, and what they do not say is filled in", () => {
    const { sinks, secrets } = input(secret(`data: {a: YQ==}\nstringData: {b: "${VALUE}", a: c}`));
    expect(sinks).toMatchObject([{ metadata: { name: "orders", namespace: "shop", generation: 1 } }]);
    const data = secrets.get("shop/dsn")?.data ?? new Map();
    expect([...data].map(([key, value]) => [key, String(value)])).toEqual([
      ["a", "c"],
      ["b", VALUE],
    ]);
  });

  it("may be JSON, Lists and documents without an object", () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      metadata: {},
      items: [JSON.parse(JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }))],
    };
    const text = `---\n# nothing\n---\nnull\n---\n${JSON.stringify(list)}\n---${SINK}`;
    expect(input(text).secrets.has("shop/a")).toBe(true);
  });

  it("get the schema's defaults", () => {
    const [sink] = input(SINK.replace("spec: {", "spec: {layout: {}, ")).sinks;
    expect(sink?.spec.layout?.mode).toBe("document");
  });

  it.each([
    ["bytes that are not base64", secret(`data: {a: "${VALUE}!"}`), "data.a is not base64"],
    ["a value that is no text", secret("stringData: {a: 1}"), "stringData.a must be text"],
    ["data that is a list", secret(`data: [${VALUE}]`), "data must be a map"],
    ["a sink twice", `${SINK}---${SINK}`, "occurs twice"],
    ["a name that is none", SINK.replace("orders", "Orders"), "metadata.name must be a name"],
    ["a spec that is text", SINK.replace(/spec: .*/, `spec: ${VALUE}`), "spec must be object"],
    [
      "a namespace that is none",
      SINK.replace("orders", "orders, namespace: ../kube-system"),
      "metadata.namespace must be a name",
    ],
    ["YAML that is broken", `${SINK}---\na: "${VALUE}\n`, "in.yaml is not valid YAML: line"],
    [
      "a tower of aliases",
      `${SINK}---\na: &a [x]\n${"b: &b [*a]\n"}c: [${"*a,".repeat(400)}]\nkind: X\n`,
      "uses of aliases",
    ],
  ])("are refused without a word of their values: %s", (_what, text, words) => {
    const message = refused(text);
    expect(message).toContain(words);
    expect(message).not.toContain(VALUE);
  });

  it.each([
    ["ExternalSecret", "external-secrets.io/v1", "spec: {target: {name: dsn}}", "ExternalSecret made"],
    [
      "SealedSecret",
      "bitnami.com/v1alpha1",
      "spec: {template: {metadata: {name: dsn}}}",
      "SealedSecret made",
    ],
    ["Secret", "v1", "data: {a: ENC}\nsops: {mac: x}", "a file that SOPS has encrypted"],
  ])("know what makes a Secret: %s", (kind, apiVersion, body, by) => {
    const name = kind === "Secret" ? "dsn" : "made";
    const { makers, secrets } = input(
      `${SINK}---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n${body}\n`,
    );
    expect([makers.get("shop/dsn")?.by, secrets.size]).toEqual([by, 0]);
  });

  it("give the cluster's Secrets only where they lack one", async () => {
    const asked: string[] = [];
    const cluster = inputCluster(input(secret("data: {}")), (namespace, name) => {
      asked.push(`${namespace}/${name}`);
      return Promise.resolve(undefined);
    });
    await cluster.getSecret("shop", "dsn");
    await cluster.getSecret("shop", "other");
    expect([asked, cluster.missed()]).toEqual([["shop/other"], "shop/other"]);
  });

  it("end with the signal while standard input says nothing", async () => {
    const over = new AbortController();
    const reading = readSources(["-"], new Readable({ read: () => undefined }), over.signal);
    over.abort(new Error("over"));
    await expect(reading).rejects.toThrow("over");
  });

  it("read every sample, as their CRDs do", async () => {
    const folder = join(import.meta.dirname, "../../../config/samples");
    const sources = await readSources([folder], Readable.from([]), new AbortController().signal);
    const kinds = new Set(sources.flatMap(parseManifests).map(({ kind }) => kind));
    for (const { kind } of SINK_DEFINITIONS) expect(kinds).toContain(kind);
    expect(sources).toHaveLength(readdirSync(folder).length);
    const { sinks } = inputOf(sources, "default");
    expect(new Set(sinks.map(({ spec }) => spec.type))).toEqual(new Set(SINK_TYPES));
    for (const sink of sinks)
      expect(grantsFor(sink, { user: "kollect", database: "inventory" }).join("\n")).toMatch(/\S/);
  });
});

describe("the addresses of check", () => {
  const policy = checkPolicy([
    { address: "127.0.0.0/8", port: 6443 },
    { address: "::/127", port: 6443 },
    { address: "10.0.0.1", port: 443 },
  ]);

  it.each([
    ["127.0.0.1", 5432, undefined],
    ["::1", 5432, undefined],
    ["10.0.0.2", 443, undefined],
    ["10.0.0.1", 443, "the Kubernetes API server"],
    ["127.0.0.9", 6443, "the Kubernetes API server"],
    ["::1", 6443, "the Kubernetes API server"],
    ["::ffff:127.0.0.1", 6443, "the Kubernetes API server"],
    ["169.254.169.254", 80, "a cloud metadata address"],
    ["fd00:ec2::254", 80, "a cloud metadata address"],
    ["169.254.1.1", 80, "a link-local address"],
    ["0.0.0.0", 6443, "an unspecified address"],
  ])("%s port %d: %s", (address, port, refusal) => {
    expect(policy.refusal(address, port)).toBe(refusal);
  });
});
