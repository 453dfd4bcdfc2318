import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboard, dashboardJson } from "../../../generate/monitoring/dashboard";
import { ruleGroups } from "../../../generate/monitoring/rules";
import { waitUntil } from "../../../lab/control-plane/wait";
import { createAuthority } from "../../../lab/pki";
import { secret } from "../../../lab/drafts";
import { runCommand } from "../../../lab/operator/run-command";
import { grafanaCheck } from "../../../lab/servers/tools/grafana";
import { prometheusPrograms } from "../../../lab/servers/tools/prometheus";
import { startPrometheus, type Prometheus } from "../../../lab/servers/tools/prometheus-server";
import { startScene, type Scene } from "../../e2e/scene/scene";
import { QUERIES, withoutVariables } from "../../fixtures/monitoring/queries";
import { ruleTests } from "../../fixtures/monitoring/rule-tests";

describe("Prometheus at the real operator", () => {
  let scene: Scene | undefined;
  let prometheus: Prometheus | undefined;

  beforeAll(async () => {
    await prometheusPrograms();
    const tls = createAuthority("Metrics CA").issue({ names: ["127.0.0.1", "localhost"] });
    scene = await startScene({ postgres: { tls }, env: { KOLLECT_SINK_METRICS: "true" } });
    await work(scene);
    const { admission, watcher } = scene.stage.operator;
    prometheus = await startPrometheus([admission.port, watcher.port], ruleGroups());
    // A rate needs two scrapes with something between them.
    await waitUntil({ what: "both targets", timeoutMs: 60_000 }, async () => {
      const targets = await prometheus?.targets();
      return (targets?.length === 2 && targets.every((health) => health === "up")) || undefined;
    });
    await work(scene);
  });

  afterAll(async () => {
    await prometheus?.stop();
    await scene?.stop();
  });

  it.each(QUERIES.map(({ from, expr }) => [from, expr] as const))(
    "returns series for %s",
    async (_, expr) => {
      await expect
        .poll(async () => (await prometheus?.query(ofAnyCause(withoutVariables(expr))))?.length, {
          timeout: 30_000,
        })
        .toBeGreaterThan(0);
    },
  );

  it("fires for the sink that does not work, as soon as there are failures", async () => {
    const firing = 'ALERTS{alertname="KollectSinkConnectionTestFailures", alertstate="firing"}';
    await expect
      .poll(async () => (await prometheus?.query(firing))?.map(({ metric }) => metric["type"]), {
        timeout: 30_000,
      })
      .toEqual(["postgres"]);
  });
});

/** The operator has no faults of its own to show. */
function ofAnyCause(expr: string): string {
  return expr.replace('cause="Internal"', 'cause=~".+"');
}

/** Has the operator count everything that queries ask for. */
async function work(scene: Scene): Promise<void> {
  const namespace = await scene.namespace();
  const { host, port, superuser } = scene.postgres;
  const login = `${superuser.user}:${encodeURIComponent(superuser.password)}`;
  const dsn = `postgres://${login}@${host}:${port}/postgres?sslmode=require&sslrootcert=/etc/ssl/db.crt`;
  await scene.sink(namespace, "denied", { password: "not-the-password" });
  await scene.sink(namespace, "doubtful");
  await scene.objects.apply(secret(namespace, "doubtful", { dsn }));
  const patch = JSON.stringify({ spec: { tls: { insecureSkipVerify: true } } });
  await scene.stage.kubectl([
    ...["patch", "kdb", "doubtful", "-n", namespace, "--type=merge", `--patch=${patch}`],
  ]);
  const spec = { ttlSecondsAfterFinished: 0 };
  await scene.verdict(await scene.test(namespace, { name: "denied", sink: "denied" }));
  const doubtful = await scene.verdict(await scene.test(namespace, { name: "doubtful", sink: "doubtful" }));
  expect(doubtful.status?.probe).toMatchObject({ unproven: [{}], limitations: [{}] });
  await scene.deletion(await scene.test(namespace, { name: "short", sink: "denied", spec }));
}

describe("promtool", () => {
  it("finds every alert firing under bad series, and none under good ones", async () => {
    const { promtool } = await prometheusPrograms();
    const folder = await mkdtemp(join(tmpdir(), "kollect-rules-"));
    try {
      await writeFile(join(folder, "rules.yml"), stringify({ groups: ruleGroups() }));
      await writeFile(join(folder, "tests.yml"), stringify(ruleTests("rules.yml")));
      const run = (...args: string[]): Promise<string> =>
        runCommand({ command: promtool, args, cwd: folder, env: {}, timeoutMs: 60_000 });
      expect(await run("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")).toContain("SUCCESS");
      expect(await run("test", "rules", "tests.yml")).toContain("SUCCESS");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("Grafana's types", () => {
  let program = "";

  beforeAll(async () => {
    program = await grafanaCheck();
  });

  it("accept the dashboard, and refuse one with a field that they do not know", () => {
    const check = (input: string): ReturnType<typeof spawnSync> =>
      spawnSync(program, { input, encoding: "utf8", timeout: 30_000 });
    const misspelt = JSON.stringify({ ...dashboard(), pannels: [] });
    expect(check(dashboardJson())).toMatchObject({ status: 0, stderr: "" });
    expect(check(misspelt)).toMatchObject({ status: 1 });
  });
});
