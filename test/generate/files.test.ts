import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { KIND_DEFINITIONS, type JsonSchema } from "../../capabilities/api/schema";
import { generatedFiles } from "../../generate/files";
import { staleFiles, writeStaleFiles } from "../../generate/stale-files";

const root = join(import.meta.dirname, "../..");
const files = generatedFiles(root);

function undescribed(schema: JsonSchema, path: string): string[] {
  const here = schema.description === undefined ? [path] : [];
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    undescribed(member, `${path}.${name}`),
  );
  const items = schema.items?.type === "object" ? undescribed(schema.items, `${path}[]`) : [];
  return [...here, ...members, ...items];
}

describe("generated files", () => {
  it("are those in the repository", async () => {
    expect(await staleFiles(root, await files), "run: npm run generate").toEqual([]);
  });

  it("say where they come from in their first line, unless they are pages with generated parts", async () => {
    for (const [path, content] of await files) {
      const hasParts = /<!-- (\w+) -->[^]*<!-- \/\1 -->/.test(content);
      if (!hasParts) expect(content.split("\n")[0], path).toContain("npm run generate");
    }
  });

  it("hold no anchors, which strict readers refuse, and no folded lines", async () => {
    const manifests = (await files).filter(([path]) => path.endsWith(".yaml"));
    for (const [path, content] of manifests) expect(content, path).not.toMatch(/[:-] (&\w|\*\w|[>|][-+]?$)/m);
  });

  it("leave no file in config/crd and config/rbac that nothing generates", async () => {
    const generated = new Set((await files).map(([path]) => path));
    for (const folder of ["config/crd", "config/rbac"]) {
      const present = await readdir(join(root, folder));
      expect(present.filter((name) => !generated.has(`${folder}/${name}`))).toEqual([]);
    }
  });
});

describe("stale files", () => {
  const wanted: Array<[string, string]> = [
    ["a.txt", "one"],
    ["deep/b.txt", "two"],
    ["c.txt", "three"],
  ];
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kollect-stale-"));
    await writeFile(join(folder, "a.txt"), "one");
    await writeFile(join(folder, "c.txt"), "changed by hand");
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("are those that are missing or differ", async () => {
    expect(await staleFiles(folder, wanted)).toEqual(["deep/b.txt", "c.txt"]);
  });

  it("are written once, with the folders that they need", async () => {
    expect(await writeStaleFiles(folder, wanted)).toEqual(["deep/b.txt", "c.txt"]);
    expect(await writeStaleFiles(folder, wanted)).toEqual([]);
    expect(await readFile(join(folder, "deep/b.txt"), "utf8")).toBe("two");
  });

  it("are not made up where a file cannot be read", async () => {
    await expect(staleFiles(folder, [["a.txt/below", ""]])).rejects.toThrow("ENOTDIR");
  });
});

describe.each(KIND_DEFINITIONS.map((definition) => [definition.kind, definition] as const))(
  "%s",
  (_, definition) => {
    it("describes every field for kubectl explain", () => {
      const missing = [...undescribed(definition.spec, "spec"), ...undescribed(definition.status, "status")];
      expect(missing).toEqual([]);
    });
  },
);

describe("samples", () => {
  const samples = join(root, "config/samples");
  const prefix = "kollect_v1alpha1_kollect";

  it("ask for the page's own probe under its own name", async () => {
    const [test] = await documents(join(samples, `${prefix}connectiontest.yaml`));
    expect(test).toEqual({
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectConnectionTest",
      metadata: { name: "postgres-sink-probe", namespace: "default" },
      spec: { sinkRef: { databaseSinkRef: "postgres-inventory-demo" }, ownerSink: true },
    });
  });
});

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

async function documents(path: string): Promise<Document[]> {
  return parseAllDocuments(await readFile(path, "utf8")).map((each) => each.toJS() as Document);
}
