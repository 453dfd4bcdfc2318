import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Report } from "../../cli/report/report";
import type { Finding } from "../../cli/doctor/check";
import { postgresSink, secret } from "../../lab/drafts";
import { buildPlugin, type Ended, type Plugin, type RunOptions } from "../cli/plugin";
import { fleet } from "./plugin/fleet";
import { recipes } from "./plugin/recipes";
import { startScene, type Scene } from "./scene/scene";

const PASSWORD = "superuser-of-tests";

let scene: Scene;
let plugin: Plugin;

beforeAll(async () => {
  [scene, plugin] = await Promise.all([startScene({ env: { KOLLECT_GRACE_SECONDS: "0" } }), buildPlugin()]);
});

afterAll(async () => {
  plugin?.remove();
  await scene?.stop();
});

/** Runs the plugin as the administrator. */
function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  const { kubeconfig, context } = scene.stage.cluster;
  return plugin.run([...args, "--kubeconfig", kubeconfig, "--context", context], options);
}

async function report(args: readonly string[]): Promise<Report> {
  const { stdout } = await run([...args, "-q", "-o", "json"]);
  return JSON.parse(stdout) as Report;
}

/** A namespace with a sink that works and one whose password is wrong. */
async function shop(): Promise<string> {
  const namespace = await scene.namespace();
  await scene.sink(namespace, "orders");
  await scene.sink(namespace, "wrong", { password: "not-the-password" });
  return namespace;
}

async function testsOf(namespace: string): Promise<string[]> {
  const names = await scene.stage.kubectl(["get", "kconntest", "-n", namespace, "-o", "name"]);
  return names.split("\n").filter((name) => name !== "");
}

describe("kubectl kollect test", () => {
  it("tests all sinks of a namespace, ends with a table, and leaves no test", async () => {
    const namespace = await shop();
    const { code, stdout, stderr } = await run(["test", "--all", "-n", namespace]);
    expect(stdout).toMatch(/^SINK +TYPE +VERDICT +CAUSE .*\n[^]*database\/orders +postgres +True/);
    expect(stdout).toMatch(/database\/wrong +postgres +False +AuthenticationFailed/);
    expect(stderr).toMatch(/orders: True \(Resolve \d+ ms/);
    expect(code).toBe(3);
    expect(await testsOf(namespace)).toEqual([]);
  });

  it("tests named sinks, by short names too, and asks for what the options say", async () => {
    const namespace = await shop();
    const args = [
      "test",
      "kdb/orders",
      "-n",
      namespace,
      "--keep",
      "--ttl",
      "10m",
      "--probe-timeout",
      "7",
      "--retries",
      "2",
    ];
    const { exitCode, sinks, from } = await report(args);
    expect({ exitCode, from }).toEqual({
      exitCode: 0,
      from: `the cluster of context ${scene.stage.cluster.context}`,
    });
    expect(sinks).toMatchObject([{ namespace, name: "orders", verdict: "True", type: "postgres" }]);
    const kept = await scene.stage.kubectl(["get", "kconntest", "-n", namespace, "-o", "json"]);
    expect(JSON.parse(kept)).toMatchObject({
      items: [{ spec: { ttlSecondsAfterFinished: 600, timeoutSeconds: 7, retryLimit: 2 } }],
    });
  });

  it("selects by label and over all namespaces", async () => {
    const namespace = await shop();
    await scene.stage.kubectl(["label", "kdb", "orders", "-n", namespace, `shop=${namespace}`]);
    const { sinks, exitCode } = await report(["test", "-A", "-l", `shop=${namespace}`]);
    expect(sinks.map(({ name }) => name)).toEqual(["orders"]);
    expect(exitCode).toBe(0);
  });

  it("says that a sink is missing, with exit code 3, and with 5 that time is over", async () => {
    const namespace = await shop();
    const missing = await report(["test", "event/none", "-n", namespace]);
    expect(missing).toMatchObject({ exitCode: 3, sinks: [{ reason: "SinkNotFound" }] });
    const late = await run(["test", "database/orders", "-n", namespace, "--timeout", "1ms"]);
    expect(late.stdout).toContain("There was no verdict within");
    expect(late.code).toBe(5);
    expect(await testsOf(namespace)).toEqual([]);
  });

  it("does not wait with --wait=false, and leaves the test to its TTL", async () => {
    const namespace = await shop();
    const { code, stdout } = await run([
      "test",
      "database/orders",
      "-n",
      namespace,
      "--wait=false",
      "-o",
      "name",
    ]);
    expect(code).toBe(0);
    expect(await testsOf(namespace)).toEqual([stdout.trim()]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("deletes what it created after %s", async (signal) => {
    const namespace = await scene.namespace();
    const { host } = scene.postgres;
    const dsn = `postgres://a:b@${host}:1/a?sslmode=disable`;
    await scene.objects.apply(secret(namespace, "orders", { dsn }));
    await scene.objects.create(postgresSink(namespace, "orders"));
    const { code } = await run(["test", "database/orders", "-n", namespace, "--retries", "3"], {
      kill: { when: /orders: (Pending|Probing)/, signal },
    });
    expect(code).toBe(signal === "SIGINT" ? 130 : 143);
    expect(await testsOf(namespace)).toEqual([]);
  });

  it("says in one line what it may not do, and leaves nothing", async () => {
    const namespace = await shop();
    const { code, stderr } = await run(["test", "--all", "-n", namespace, "--as", "nothing-granted"]);
    expect(stderr).toMatch(/^error: list Kollect\w+Sinks: .*forbidden.*\n$/);
    expect(code).toBe(1);
    expect(await testsOf(namespace)).toEqual([]);
  });

  it("does the same for a group, and reports each sink that it may not test", async () => {
    const namespace = await shop();
    const rules = [{ apiGroups: ["kollect.dev"], resources: ["*"], verbs: ["list", "watch"] }];
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "look", namespace },
      rules,
    };
    const binding = {
      ...{ apiVersion: role.apiVersion, kind: "RoleBinding", metadata: role.metadata },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "look" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "lookers" }],
    };
    await scene.stage.kubectl(["apply", "-f", "-"], {
      input: `${stringify(role)}---\n${stringify(binding)}`,
    });
    const { exitCode, sinks } = await report([
      "test",
      "--all",
      "-n",
      namespace,
      "--as",
      "a",
      "--as-group",
      "b",
      "--as-group",
      "lookers",
    ]);
    expect(sinks.map(({ reason, fault }) => [reason, fault])).toEqual([
      ["NotCreated", "Command"],
      ["NotCreated", "Command"],
    ]);
    expect(exitCode).toBe(1);
  });
});

fleet(() => ({ scene, plugin }));
recipes(() => ({ scene, plugin }));

describe("kubectl kollect get and rerun", () => {
  it("shows tests without judging them, and runs failed ones again after the fix", async () => {
    const namespace = await shop();
    await scene.verdict(await scene.test(namespace, { name: "probe", sink: "wrong" }));
    const shown = await run(["get", "-n", namespace, "-o", "wide"]);
    expect(shown.stdout).toMatch(/database\/wrong +postgres +False +AuthenticationFailed/);
    expect(shown.code).toBe(0);
    expect((await run(["rerun", "--failed", "-n", namespace])).code).toBe(3);
    await scene.stage.kubectl(["delete", "secret", "wrong", "-n", namespace]);
    const good = await scene.stage.kubectl(["get", "secret", "orders", "-n", namespace, "-o", "json"]);
    const { data } = JSON.parse(good) as { data: object };
    const fixed = { apiVersion: "v1", kind: "Secret", metadata: { name: "wrong", namespace }, data };
    await scene.stage.kubectl(["apply", "-f", "-"], { input: JSON.stringify(fixed) });
    const again = await report(["rerun", "probe", "-n", namespace]);
    expect(again).toMatchObject({ exitCode: 0, sinks: [{ name: "wrong", verdict: "True", test: "probe" }] });
    expect((await run(["rerun", "none", "-n", namespace])).code).toBe(1);
  });

  it("follows changes until Ctrl-C", async () => {
    const namespace = await shop();
    await scene.verdict(await scene.test(namespace, { name: "probe" }));
    const { code, stdout } = await run(["get", "-w", "-n", namespace], {
      kill: { when: /probe {2}database/, signal: "SIGINT" },
    });
    expect(stdout).toMatch(new RegExp(`${namespace}/probe {2}database/orders {2}True`));
    expect(code).toBe(0);
  });
});

describe("kubectl kollect with a cluster", () => {
  it("finds this installation in order, but for Deployments that are not there", async () => {
    const { stdout } = await run(["doctor", "-o", "json"]);
    const findings = JSON.parse(stdout) as Finding[];
    const failed = findings.filter(({ result }) => result === "fail").map(({ check }) => check);
    expect(failed).toEqual(["operator: admission", "operator: watcher"]);
    expect(findings).toContainEqual({ check: "webhooks", result: "ok", detail: "answer" });
  });

  it("prints the grants of a sink, which give the rights that the test asks for", async () => {
    const namespace = await scene.namespace();
    const { sql } = scene.postgres;
    await sql("CREATE DATABASE granted");
    await sql("CREATE ROLE \"Needs Quotes\" LOGIN PASSWORD 'p'");
    await sql(
      "CREATE TABLE inventory (inventory_namespace text, inventory_name text, target_name text, source_uid text, cluster text, resource_namespace text, payload jsonb, exported_at timestamptz, primary key (inventory_namespace, inventory_name, target_name, source_uid))",
      "granted",
    );
    await scene.sink(namespace, "orders", { user: "Needs Quotes", password: "p", database: "granted" });
    const before = await report(["test", "database/orders", "-n", namespace]);
    expect(before.sinks[0]?.cause).toBe("PermissionDenied");
    const mode = { spec: { provisioning: { mode: "existing" } } };
    await scene.objects.patch(postgresSink(namespace, "orders"), mode);
    const { stdout } = await run([
      "grants",
      "database/orders",
      "-n",
      namespace,
      "--user",
      "Needs Quotes",
      "--database",
      "granted",
    ]);
    await sql(stdout, "granted");
    const after = await report(["test", "database/orders", "-n", namespace]);
    expect(after.sinks).toMatchObject([{ verdict: "True" }]);
  });

  it("reads Secrets that files lack with the user's own rights", async () => {
    const namespace = await shop();
    const input = stringify(postgresSink(namespace, "orders"));
    const mine = await run(["check", "-f", "-", "--from-cluster"], { input });
    expect(mine.stderr).toContain(`read from context ${scene.stage.cluster.context}`);
    expect([mine.code, mine.stdout.includes("True")]).toEqual([0, true]);
    const other = await run(["check", "-f", "-", "--from-cluster", "--as", "nothing-granted"], { input });
    expect(other.stdout).toContain("SecretNotRead");
    expect(other.code).toBe(1);
    const gone = stringify(postgresSink(namespace, "orders", { name: "none" }));
    expect((await run(["check", "-f", "-", "--from-cluster"], { input: gone })).code).toBe(3);
    for (const { stdout, stderr } of [mine, other]) expect(stdout + stderr).not.toContain(PASSWORD);
  });
});
