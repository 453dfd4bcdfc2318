import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SINK_FAMILIES } from "../../../capabilities/api/vocabulary";
import { mongodbCase } from "../../../lab/backends/mongodb";
import { BACKENDS, whyNot } from "../../../lab/demo/backends/backends";
import { objectsOf } from "../../../lab/demo/backends/objects";
import { gitSsh, s3 } from "../../../lab/demo/backends/snapshot-backends";

const nothingMissing = (): Promise<undefined> => Promise.resolve(undefined);

async function cacheWith(...folders: readonly string[]): Promise<void> {
  const cache = await mkdtemp(join(tmpdir(), "kollect-cache-"));
  vi.stubEnv("KOLLECT_CACHE_DIR", cache);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true, force: true });
  });
  for (const folder of folders) await mkdir(join(cache, "servers", folder), { recursive: true });
}

describe("the demo's backends", () => {
  it("are all types of sinks", () => {
    const types = Object.values(SINK_FAMILIES).flatMap(({ types }) => types as readonly string[]);
    expect(new Set(BACKENDS.map(({ name }) => name))).toEqual(new Set([...types, "git-ssh"]));
  });

  it("are left out by default when their server is not built", async () => {
    await cacheWith();
    expect(await whyNot(s3, nothingMissing)).toMatch(/not built yet; --all builds it/);
  });

  it("are left out when a build was begun but not ended", async () => {
    await cacheWith("versitygw-0123456789abcdef.Xy12Zz", "versitygw-0123456789abcdef.lock");
    expect(await whyNot(s3, nothingMissing)).toMatch(/not built yet/);
  });

  it("take part when their server is built", async () => {
    await cacheWith("versitygw-0123456789abcdef");
    expect(await whyNot(s3, nothingMissing)).toBeUndefined();
  });

  it("are left out when the machine lacks what they need", async () => {
    await cacheWith("git-sshd-0123456789abcdef");
    expect(await whyNot(gitSsh, (needs) => Promise.resolve(`no ${needs.join(", ")}`))).toBe("no git, go");
  });
});

describe("a backend's objects", () => {
  it("are a Secret, a sink that names it and a test that names the sink", () => {
    expect(objectsOf(mongodbCase("mongodb://db/"), "mongodb", "backends")).toEqual([
      expect.objectContaining({ kind: "Secret", stringData: { uri: "mongodb://db/" } }),
      expect.objectContaining({
        kind: "KollectDatabaseSink",
        metadata: { name: "mongodb", namespace: "backends" },
        spec: {
          type: "mongodb",
          mongodb: { databaseRef: { name: "mongodb" }, database: "inventory", collection: "items" },
        },
      }),
      expect.objectContaining({
        kind: "KollectConnectionTest",
        spec: { sinkRef: { databaseSinkRef: "mongodb" } },
      }),
    ]);
  });

  it("need exactly one Secret", () => {
    const { sink } = mongodbCase("mongodb://db/");
    expect(() => objectsOf({ sink, secrets: {} }, "mongodb", "backends")).toThrow(/mongodb has 0 Secrets/);
  });
});
