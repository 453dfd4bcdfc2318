import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inputOf, type Input } from "../../../cli/input/input";
import { MAX_BYTES, readSources, type Source } from "../../../cli/input/read";

const SINK = `
apiVersion: kollect.dev/v1alpha1
kind: KollectDatabaseSink
metadata: {name: orders}
spec: {type: postgres, postgres: {databaseRef: {name: dsn}, table: t}}
`;

function input(text: string): Input {
  return inputOf([{ name: "in.yaml", text }], "shop");
}

function secret(data: string): string {
  return `${SINK}---\napiVersion: v1\nkind: Secret\nmetadata: {name: dsn}\ndata: {a: "${data}"}\n`;
}

function read(...paths: readonly string[]): Promise<Source[]> {
  return readSources(paths, Readable.from([Buffer.from(SINK)]), new AbortController().signal);
}

describe("objects of the files of check", () => {
  it.each([
    ["without padding", "YQ"],
    ["with spaces", "Y Q=="],
    ["with too much padding", "YWJj="],
    ["after more blanks than a pattern may try again", `${" ".repeat(300_000)}!`],
  ])("are refused for base64 that the API server refuses: %s", (_what, data) => {
    const since = performance.now();
    expect(() => input(secret(data))).toThrow("data.a is not base64");
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it("may have base64 on several lines", () => {
    expect(String(input(secret("aGVs\\nbG8=\\r\\n")).secrets.get("shop/dsn")?.data.get("a"))).toBe("hello");
  });

  it.each(["", "null", '""'])("are in the default namespace when theirs is empty: %s", (empty) => {
    const { sinks, secrets } = input(secret("").replaceAll(/(name: \w+)}\n/g, `$1, namespace: ${empty}}\n`));
    expect(sinks[0]?.metadata.namespace).toBe("shop");
    expect([...secrets.keys()]).toEqual(["shop/dsn"]);
  });

  it.each([
    ["a value", SINK.replace("orders", "{{ .Values.name }}"), "metadata.name must be a name"],
    ["a line", `{{- if .Values.on }}${SINK}{{- end }}`, "is not valid YAML: line"],
  ])("are to be rendered first where a template has %s", (_what, text, fault) => {
    expect(() => input(text)).toThrow(fault);
    expect(() => input(text)).toThrow("in.yaml is a template: render it first, as with helm template");
  });

  it("may stand beside objects with a name of any type", () => {
    const odd = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {toString: 1}, namespace: [a]}";
    expect(input(`${SINK}---\n${odd}`).sinks).toHaveLength(1);
  });

  it("are refused for an alias without an anchor", () => {
    expect(() => input(`${SINK}---\na: *none\n`)).toThrow("in.yaml has a YAML alias without an anchor");
  });

  it("may be large as JSON, but not as one YAML document, whose tree would fill the memory", () => {
    const items = [
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, list: Array(900_000).fill(1234) },
    ];
    const json = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const files = (text: string): Source[] => [
      { name: "big", text },
      { name: "sink", text: SINK },
    ];
    expect(inputOf(files(json), "shop").secrets.has("shop/a")).toBe(true);
    expect(() => inputOf(files(`# YAML\n${json}`), "shop")).toThrow(
      "big has a YAML document larger than 3 MiB",
    );
  });
});

describe("the files of check", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kollect-input-"));
    mkdirSync(join(folder, "folder.yaml"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ["little", 0xff, 0xfe],
    ["big", 0xfe, 0xff],
  ])("may be UTF-16, as Windows PowerShell writes it: %s endian", async (order, ...mark) => {
    const text = Buffer.from(SINK, "utf16le");
    const file = join(folder, "sink.yaml");
    writeFileSync(file, Buffer.concat([Buffer.from(mark), order === "big" ? text.swap16() : text]));
    expect(inputOf(await read(folder), "shop").sinks).toHaveLength(1);
  });

  it("are refused beyond the maximum, of a file without an end and of several together", async () => {
    await expect(read("/dev/zero")).rejects.toThrow("more than 16 MiB with /dev/zero");
    const half = join(folder, "half.json");
    writeFileSync(half, Buffer.alloc(MAX_BYTES / 2 + 1, " "));
    await expect(read(half, half)).rejects.toThrow(`more than 16 MiB with ${half}`);
    rmSync(half);
  });

  it("have standard input once", async () => {
    await expect(read("-", "-")).rejects.toThrow("pass - once");
  });
});
