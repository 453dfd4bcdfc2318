import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SINK_TYPES } from "../../capabilities/api/vocabulary";
import { LAB_BACKENDS, LAB_SERVERS, whyNot } from "../../lab/backends";
import type { LabServer } from "../../lab/backends/backend";
import { mongodbCase } from "../../lab/backends/mongodb";
import { objectsOf } from "../../lab/demo/objects";

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

function serverNamed(name: string): LabServer {
  const server = LAB_SERVERS.find((each) => each.name === name);
  if (!server) throw new Error(`the lab has no server ${name}`);
  return server;
}

describe("the lab's servers", () => {
  it.each(SINK_TYPES)("make sinks of type %s where they are listed under it", (type) => {
    const types = LAB_BACKENDS[type].map(({ at }) => at({ host: "db.shop", port: 1 }, {}).sink.spec.type);
    expect(new Set(types)).toEqual(new Set([type]));
  });

  it("have names of their own, which begin with the type", () => {
    const names = LAB_SERVERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const type of SINK_TYPES) {
      for (const { name } of LAB_BACKENDS[type]) expect(name).toMatch(new RegExp(`^${type}(-|$)`));
    }
  });

  it("are left out by default when their server is not built", async () => {
    await cacheWith();
    expect(await whyNot(serverNamed("s3"), nothingMissing)).toMatch(/not built yet; --all builds it/);
  });

  it("are left out when a build was begun but not ended", async () => {
    await cacheWith("versitygw-0123456789abcdef.Xy12Zz", "versitygw-0123456789abcdef.lock");
    expect(await whyNot(serverNamed("s3"), nothingMissing)).toMatch(/not built yet/);
  });

  it("take part when their server is built", async () => {
    await cacheWith("versitygw-0123456789abcdef");
    expect(await whyNot(serverNamed("s3"), nothingMissing)).toBeUndefined();
  });

  it("are left out when the machine lacks what they need", async () => {
    await cacheWith("git-sshd-0123456789abcdef");
    expect(await whyNot(serverNamed("git-ssh"), (needs) => Promise.resolve(`no ${needs.join(", ")}`))).toBe(
      "no git, go",
    );
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
