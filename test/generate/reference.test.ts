import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { connectionTest, sinkRef } from "../../capabilities/api/schema/connection-test";
import { ANNOTATIONS, CAUSES, CONDITIONS, FAILURE_REASONS } from "../../capabilities/api/vocabulary";
import { CONFIG_OPTIONS } from "../../capabilities/config/options";
import { OPERATOR_RIGHTS } from "../../generate/config/operator-rules";

const root = join(import.meta.dirname, "../..");
let page = "";
/** First cells of all table rows. */
let keys: string[] = [];

beforeAll(async () => {
  page = await readFile(join(root, "docs/reference.md"), "utf8");
  keys = [...page.matchAll(/^\| (\S.*?) +\|/gm)].map((match) => match[1] ?? "");
});

describe("reference page", () => {
  const specFields = Object.keys(connectionTest.spec.properties ?? {}).map((name) => `spec.${name}`);
  const refFields = Object.keys(sinkRef.properties ?? {}).map((name) => `spec.sinkRef.${name}`);
  const statusFields = Object.keys(connectionTest.status.properties ?? {}).map((name) => `status.${name}`);

  it.each<[string, readonly string[]]>([
    ["field of the spec", [...specFields, ...refFields]],
    ["field of the status", statusFields],
    ["failure reason", FAILURE_REASONS],
    ["cause", CAUSES],
    ["annotation", Object.values(ANNOTATIONS)],
    ["setting", CONFIG_OPTIONS.map(({ env }) => env)],
  ])("has a row for every %s", (_, words) => {
    expect(words.filter((word) => !keys.includes(`\`${word}\``))).toEqual([]);
  });

  it("has a row for every condition and every column", () => {
    const conditions = keys.join("\n");
    expect(CONDITIONS.filter((type) => !conditions.includes(`\`${type}`))).toEqual([]);
    expect(connectionTest.columns.filter(({ name }) => !keys.includes(name.toUpperCase()))).toEqual([]);
  });

  it("names every right of the operator", () => {
    const rights = Object.values(OPERATOR_RIGHTS).flat();
    expect(
      rights.filter(({ resource, why }) => !page.includes(`\`${resource}\``) || !page.includes(why)),
    ).toEqual([]);
  });

  it("shows the sample as it is in the repository", async () => {
    const sample = join(root, "config/samples/kollect_v1alpha1_kollectconnectiontest.yaml");
    const shown = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(parse(shown)).toEqual(parse(await readFile(sample, "utf8")));
  });

  it("advises to prefer a test over the switch on the sink", () => {
    expect(page).toContain("prefer this resource over `spec.connectionTest: true`");
  });
});
