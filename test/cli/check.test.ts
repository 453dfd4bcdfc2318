import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { FORMATS } from "../../cli/output/format";
import type { Report } from "../../cli/report/report";
import { dsnOf, postgresSink, secret, type Dsn } from "../../lab/drafts";
import { startPostgres, type PostgresServer } from "../../lab/servers/postgres/server";
import { buildPlugin, type Ended, type Plugin } from "./plugin";

const PASSWORD = "hunter2-CANARY-of-the-user";
const WRONG = "wrong-CANARY-of-the-sink";

let postgres: PostgresServer;
let plugin: Plugin;

beforeAll(async () => {
  [postgres, plugin] = await Promise.all([startPostgres(), buildPlugin()]);
  await postgres.sql(
    `CREATE ROLE shop LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE poor LOGIN PASSWORD '${PASSWORD}'`,
  );
  await postgres.sql("GRANT CREATE, USAGE ON SCHEMA public TO shop");
});

afterAll(async () => {
  await postgres?.stop();
  plugin?.remove();
});

/** A sink with its Secret, as one YAML text. */
function sinkText(name: string, dsn: Partial<Dsn> = {}, more: readonly object[] = []): string {
  const { host, port } = postgres;
  const text = dsnOf({ host, port, user: "shop", password: PASSWORD, ...dsn });
  return [postgresSink("shop", name), secret("shop", name, { dsn: text }), ...more]
    .map((each) => stringify(each))
    .join("---\n");
}

function check(text: string, ...args: readonly string[]): Promise<Ended> {
  return plugin.run(["check", "-f", "-", ...args], { input: text });
}

async function reportOf(
  text: string,
  ...args: readonly string[]
): Promise<{ report: Report; code: number | null }> {
  const { stdout, code } = await check(text, "-q", "-o", "json", ...args);
  return { report: JSON.parse(stdout) as Report, code };
}

describe("kubectl kollect check", () => {
  it("verifies a sink on loopback with exit code 0, and says whose network it is", async () => {
    const { code, stdout, stderr } = await check(sinkText("orders"));
    expect(stdout).toMatch(/^SINK +TYPE +VERDICT .*\ndatabase\/orders +postgres +True /);
    expect(stderr).toMatch(/not the cluster's.*\n[^]*orders: Probing: Phase Connect is running\.\n/);
    expect(stderr).toMatch(/orders: True \(Resolve \d+ ms, Connect \d+ ms/);
    expect(code).toBe(0);
  });

  it.each([
    ["a wrong password", { password: WRONG }, "AuthenticationFailed", 3],
    ["a missing grant", { user: "poor" }, "PermissionDenied", 3],
    ["a closed port", { port: 1 }, "ConnectionRefused", 3],
    ["a metadata address", { host: "169.254.169.254" }, "AddressDenied", 3],
  ] as const)("says why it is False: %s", async (_what, dsn, cause, exitCode) => {
    const { report, code } = await reportOf(sinkText("orders", dsn));
    expect(report.sinks).toMatchObject([{ verdict: "False", cause }]);
    expect([report.exitCode, code]).toEqual([exitCode, exitCode]);
  });

  it("refuses the API server of the kubeconfig, at whichever loopback address", async () => {
    const kubeconfig = join(plugin.folder, "kubeconfig");
    const cluster = { server: `https://localhost:${postgres.port}` };
    writeFileSync(kubeconfig, stringify({ clusters: [{ name: "a", cluster }] }));
    const { stdout, code } = await plugin.run(["check", "-q", "-f", "-", "-o", "json"], {
      input: sinkText("orders", { host: "127.0.0.2" }),
      env: { KUBECONFIG: kubeconfig },
    });
    expect((JSON.parse(stdout) as Report).sinks[0]).toMatchObject({ cause: "AddressDenied" });
    expect(code).toBe(3);
  });

  it("uses nothing ambient: not the password of PGPASSWORD or .pgpass", async () => {
    writeFileSync(join(plugin.folder, ".pgpass"), `*:*:*:*:${PASSWORD}\n`, { mode: 0o600 });
    const env = {
      PGPASSWORD: PASSWORD,
      PGPASSFILE: join(plugin.folder, ".pgpass"),
      NODE_EXTRA_CA_CERTS: "/none",
    };
    const text = sinkText("orders").replace(PASSWORD, "");
    const { stdout, code } = await plugin.run(["check", "-q", "-f", "-", "-o", "json"], { input: text, env });
    expect((JSON.parse(stdout) as Report).sinks[0]?.verdict).toBe("False");
    expect(code).toBe(3);
  });

  it("exits with 2 for a Secret that is not among the files, and names what makes it", async () => {
    const bare = stringify(postgresSink("shop", "orders"));
    const missing = await check(bare);
    expect(missing.stdout).toContain("Secret shop/orders, which the sink names, is not among the files");
    const maker = {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { name: "vault-orders", namespace: "shop" },
      spec: { target: { name: "orders" } },
    };
    const made = await check(`${bare}---\n${stringify(maker)}`);
    expect(made.stdout).toContain("comes from ExternalSecret vault-orders");
    expect([missing.code, made.code]).toEqual([2, 2]);
  });

  it.each([
    [
      "no sink",
      "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n",
      "there is no Kollect sink in standard input",
    ],
    ["no YAML", `a: [\n  ${PASSWORD}`, /not valid YAML: line \d+/],
    [
      "a field that is missing",
      "apiVersion: kollect.dev/v1alpha1\nkind: KollectDatabaseSink\nmetadata: {name: a}\nspec: {type: postgres, postgres: {table: t}}\n",
      "spec.postgres.databaseRef is missing",
    ],
    [
      "a type of another kind",
      "apiVersion: kollect.dev/v1alpha1\nkind: KollectDatabaseSink\nmetadata: {name: a}\nspec: {type: kafka}\n",
      "spec.type must be one of postgres, bigquery, mongodb",
    ],
  ])("says in one line what is wrong with the input: %s", async (_what, text, line) => {
    const { code, stderr, stdout } = await check(text, "-q");
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("counts what --strict does not forgive, and the worst of several", async () => {
    expect((await reportOf(sinkText("orders"), "--strict")).code).toBe(4);
    const both = `${sinkText("orders")}---\n${sinkText("wrong", { password: WRONG })}`;
    expect((await reportOf(both, "--strict")).report.summary).toEqual({
      total: 2,
      True: 1,
      False: 1,
      Unknown: 0,
    });
    expect((await reportOf(both, "--strict")).code).toBe(3);
    expect((await reportOf(`${both}---\n${stringify(postgresSink("shop", "bare"))}`)).code).toBe(2);
  });

  it("reads folders, and writes several files at once", async () => {
    const input = join(plugin.folder, "input");
    mkdirSync(input);
    writeFileSync(join(input, "sink.yaml"), sinkText("orders"));
    writeFileSync(join(input, "notes.txt"), "not read");
    const files = ["report.xml", "report.md", "report.html"].map((name) => join(plugin.folder, name));
    const { code } = await plugin.run([
      "check",
      "-q",
      "-f",
      input,
      ...files.flatMap((file) => ["--output-file", file]),
    ]);
    expect(code).toBe(0);
    const [xml = "", markdown = "", html = ""] = files.map((file) => readFileSync(file, "utf8"));
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(markdown).toContain("1 of 1 sinks verified");
    expect(html).toContain("<title>Kollect sinks: 1 of 1 verified</title>");
  });

  it("writes JUnit's file also when the run breaks", async () => {
    const file = join(plugin.folder, "broken.xml");
    const { code } = await check("a: [", "--output-file", file);
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(readFileSync(file, "utf8")) as object;
    expect(parsed).toMatchObject({
      testsuites: { testsuite: { "@_name": "kubectl-kollect", "@_errors": "1" } },
    });
    expect(code).toBe(2);
  });

  it.each(FORMATS)("shows no value of a Secret: -o %s", async (format) => {
    const text = `${sinkText("orders")}---\n${sinkText("wrong", { password: WRONG })}---\n${sinkText("poor", { user: "poor" })}`;
    const { stdout, stderr } = await check(text, "-o", format);
    expect(stdout).toContain("orders");
    for (const value of [PASSWORD, WRONG]) expect(stdout + stderr).not.toContain(value);
    if (format === "yaml") expect(parse(stdout)).toMatchObject({ exitCode: 3 });
  });

  it("ends by a signal with its code, and shows no value of a Secret then", async () => {
    const ended = await plugin.run(["check", "-f", "-", "--retries", "3"], {
      input: sinkText("orders", { port: 1 }),
      kill: { when: /orders: Pending/, signal: "SIGTERM" },
    });
    expect(ended.code).toBe(143);
    expect(ended.stdout + ended.stderr).not.toContain(PASSWORD);
  });
});
