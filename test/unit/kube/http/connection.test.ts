import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConnection, tokenFile } from "../../../../capabilities/kube/http/connection";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kollect-connection-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function clockAt(start: number): { now(): number; sleep(): Promise<void>; advance(ms: number): void } {
  let time = start;
  return { now: () => time, sleep: () => Promise.resolve(), advance: (ms) => void (time += ms) };
}

function kubeConfig(user: object, cluster: object = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      "current-context": "a",
      clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:6443", ...cluster } }],
      users: [{ name: "a", user }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    }),
  );
  return config;
}

describe("tokenFile", () => {
  it("uses a token for a minute, then reads the file again", async () => {
    const file = join(folder, "token");
    const clock = clockAt(1_000);
    await writeFile(file, "one\n");
    const credentials = tokenFile(file, clock);
    expect(await credentials.authorization()).toBe("Bearer one");
    await writeFile(file, "two\n");
    clock.advance(59_999);
    expect(await credentials.authorization()).toBe("Bearer one");
    clock.advance(1);
    expect(await credentials.authorization()).toBe("Bearer two");
  });

  it("reads the file at the next call when the token was refused", async () => {
    const file = join(folder, "refused");
    await writeFile(file, "one");
    const credentials = tokenFile(file, clockAt(0));
    expect(await credentials.authorization()).toBe("Bearer one");
    await writeFile(file, "two");
    credentials.forget();
    expect(await credentials.authorization()).toBe("Bearer two");
  });

  it("rejects while the file cannot be read, and recovers when it can", async () => {
    const file = join(folder, "late");
    const credentials = tokenFile(file, clockAt(0));
    await expect(credentials.authorization()).rejects.toMatchObject({ code: "ENOENT" });
    await writeFile(file, "one");
    expect(await credentials.authorization()).toBe("Bearer one");
  });
});

describe("loadConnection", () => {
  it("takes server, CA and token from a kubeconfig", async () => {
    const ca = Buffer.from("the CA").toString("base64");
    const config = kubeConfig(
      { token: "abc" },
      { "certificate-authority-data": ca, "tls-server-name": "api" },
    );
    const connection = await loadConnection(clockAt(0), config);
    expect(connection.server.href).toBe("https://127.0.0.1:6443/");
    expect(connection.tls).toEqual({ ca: Buffer.from("the CA"), servername: "api" });
    expect(connection.headers).toEqual({});
    expect(await connection.credentials.authorization()).toBe("Bearer abc");
  });

  it("takes client certificates, and says nothing of a token then", async () => {
    const [cert, key] = ["cert", "key"].map((text) => Buffer.from(text).toString("base64"));
    const config = kubeConfig({ "client-certificate-data": cert, "client-key-data": key });
    const connection = await loadConnection(clockAt(0), config);
    expect(connection.tls).toEqual({ cert: Buffer.from("cert"), key: Buffer.from("key") });
    expect(await connection.credentials.authorization()).toBeUndefined();
  });

  it("follows the pod's token file when it is renewed", async () => {
    const file = join(folder, "pod-token");
    await writeFile(file, "one");
    const config = kubeConfig({ "auth-provider": { name: "tokenFile", config: { tokenFile: file } } });
    const clock = clockAt(0);
    const { credentials } = await loadConnection(clock, config);
    expect(await credentials.authorization()).toBe("Bearer one");
    await writeFile(file, "two");
    clock.advance(60_000);
    expect(await credentials.authorization()).toBe("Bearer two");
  });

  it("verifies the API server unless the kubeconfig says otherwise", async () => {
    expect((await loadConnection(clockAt(0), kubeConfig({}))).tls.rejectUnauthorized).toBeUndefined();
    const insecure = kubeConfig({}, { "insecure-skip-tls-verify": true });
    expect((await loadConnection(clockAt(0), insecure)).tls.rejectUnauthorized).toBe(false);
  });

  it("refuses a kubeconfig without a context, with a proxy, or with plain HTTP", async () => {
    await expect(loadConnection(clockAt(0), new KubeConfig())).rejects.toThrow("has no current context");
    const proxy = kubeConfig({}, { "proxy-url": "http://127.0.0.1:1" });
    await expect(loadConnection(clockAt(0), proxy)).rejects.toThrow("cluster a has a proxy-url");
    const plain = kubeConfig({}, { server: "http://127.0.0.1:1" });
    await expect(loadConnection(clockAt(0), plain)).rejects.toThrow(/HTTP protocol is not allowed/);
  });
});
