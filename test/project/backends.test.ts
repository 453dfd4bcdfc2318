import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Sink } from "../../capabilities/api/types";
import { BACKEND_NAMES, kindOf, SINK_FAMILIES, SINK_TYPES } from "../../capabilities/api/vocabulary";
import { declaredLimitations } from "../../capabilities/domain/exporter/judge";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { probeFor } from "../../capabilities/probes/registry";
import { BACKEND_GUIDES } from "../../generate/backends";
import { samplePath } from "../../generate/parts";
import { anchors, page, ROOT } from "./markdown";

const CONTRACT_TESTS = "test/backends";
/** What a reader looks for on every page of docs/sinks. */
const SECTIONS = ["least-rights", "what-goes-over-the-wire", "failures-and-fixes"];

/** What the exporter's version does with every sink of a type, so that no sample can avoid it. */
const OF_EVERY_SINK: readonly string[] = ["SecretNotRead", "AnonymousRequests", "GCSSigning"];

interface SampleSecret {
  readonly metadata: { readonly name: string };
  readonly stringData: Readonly<Record<string, string>>;
}

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

/** The documents of a sample, or undefined without the file. */
function sample(name: string): Document[] | undefined {
  const path = join(ROOT, samplePath(name));
  if (!existsSync(path)) return undefined;
  return parseAllDocuments(readFileSync(path, "utf8")).map((each) => each.toJS() as Document);
}

const contractTests = readdirSync(join(ROOT, CONTRACT_TESTS), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("contract.test.ts"))
  .map((path) => readFileSync(join(ROOT, CONTRACT_TESTS, path), "utf8"));

describe.each(SINK_TYPES)("the type %s", (type) => {
  const { page: name, samples } = BACKEND_GUIDES[type];

  it("has a contract test", () => {
    const call = `describeContract("${type}")`;
    const found = contractTests.filter((text) => text.includes(call));
    expect(found, `${type} has no file ${CONTRACT_TESTS}/*contract.test.ts with ${call}`).toHaveLength(1);
  });

  it("has a docs page", () => {
    const path = `docs/sinks/${name}`;
    expect(existsSync(join(ROOT, path)), `${type} has no docs page: ${path} does not exist`).toBe(true);
    const found = page(path);
    expect(anchors(found), `${path}, the docs page of ${type}`).toEqual(expect.arrayContaining(SECTIONS));
    expect(found.text.toLowerCase(), `${path} does not mention ${type}`).toContain(type);
  });

  it("has a sample of a sink with its Secret, and of a test of it", () => {
    const [secret, sink] = sample(samples.sink) ?? [];
    const [test] = sample(samples.test) ?? [];
    expect(sink, `${type} has no sample: ${samplePath(samples.sink)}`).toMatchObject({
      kind: kindOf(type),
      spec: { type },
    });
    expect(test, `${type} has no sample: ${samplePath(samples.test)}`).toMatchObject({
      spec: { sinkRef: { [SINK_FAMILIES[kindOf(type)].refField]: sink?.metadata.name } },
    });
    expect(secret, `${type}'s sample`).toMatchObject({ kind: "Secret", metadata: { namespace: "default" } });
    expect(JSON.stringify(sink?.spec), `${type}'s sample`).toContain(`"name":"${secret?.metadata.name}"`);
  });

  it("has a sample that the exporter reads as it is written", () => {
    const [secret, sink] = (sample(samples.sink) ?? []) as unknown as [SampleSecret, Sink];
    const data = new Map(Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text)]));
    const held = { namespace: "default", name: secret.metadata.name, resourceVersion: "1", data };
    const references = probeFor(type).references(sink);
    const secrets = new Map(references.map(({ field }) => [field, held]));
    expect(references.length, `${type}'s sample names no Secret`).toBeGreaterThan(0);
    const found = declaredLimitations(type, { sink, secrets, bigqueryEmulator: false }, DEFAULT_EXPORTER).map(
      ({ id }) => id,
    );
    expect(found.filter((id) => !OF_EVERY_SINK.includes(id))).toEqual([]);
  });

  it("has a truth table, with the exporter's operations", () => {
    const [operations, table] = [`lab/exporter/${type}.ts`, `test/truth/${type}.test.ts`];
    expect(existsSync(join(ROOT, operations)), `${type} has no exporter: ${operations} does not exist`).toBe(
      true,
    );
    expect(existsSync(join(ROOT, table)), `${type} has no truth table: ${table} does not exist`).toBe(true);
    const text = readFileSync(join(ROOT, table), "utf8");
    expect(text, `${table} calls no truthTable`).toMatch(/^truthTable(<\w+>)?\(/m);
    expect(text, `${table} has no truth table of type ${type}`).toContain(`type: "${type}",`);
  });

  it("is named in the changelog", () => {
    const people = BACKEND_NAMES[type].replace(" server", "");
    expect(page("CHANGELOG.md").text, `CHANGELOG.md does not name ${type} as ${people}`).toContain(people);
  });
});

const PROBES = "capabilities/probes";
const probes = readdirSync(join(ROOT, PROBES)).filter((name) =>
  existsSync(join(ROOT, PROBES, name, "plan.ts")),
);

describe.each(probes)("the probe in capabilities/probes/%s", (folder) => {
  it("has a test of its plan", () => {
    const path = `test/unit/probes/${folder}/plan.test.ts`;
    expect(existsSync(join(ROOT, path)), `${folder} has no ${path}`).toBe(true);
  });
});

describe("config/samples", () => {
  it("has no file but those of the types", () => {
    const known = SINK_TYPES.flatMap((type) => Object.values(BACKEND_GUIDES[type].samples)).map(samplePath);
    const present = readdirSync(join(ROOT, "config/samples")).map((file) => `config/samples/${file}`);
    expect(present.filter((path) => !known.includes(path))).toEqual([]);
  });
});

describe("docs/sinks", () => {
  it("has no page but those of the types", () => {
    const known = SINK_TYPES.map((type) => BACKEND_GUIDES[type].page);
    expect(readdirSync(join(ROOT, "docs/sinks")).filter((file) => !known.includes(file))).toEqual([]);
  });
});
