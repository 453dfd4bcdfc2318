import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboard, dashboardJson } from "../../../generate/monitoring/dashboard";
import { ruleGroups } from "../../../generate/monitoring/rules";
import { ask } from "../../../lab/monitoring/answers";
import type { Dashboard } from "../../../lab/monitoring/dashboard";
import { pageOf } from "../../../lab/monitoring/page";
import { runCommand } from "../../../lab/operator/run-command";
import { grafanaCheck } from "../../../lab/servers/tools/grafana";
import { prometheusPrograms } from "../../../lab/servers/tools/prometheus";
import type { Prometheus } from "../../../lab/servers/tools/prometheus-server";
import type { Scene } from "../../e2e/scene/scene";
import { deniedSink, doubtfulSink, observe, startObserved } from "../../fixtures/monitoring/observed";
import { QUERIES, withoutVariables } from "../../fixtures/monitoring/queries";
import { ruleTests } from "../../fixtures/monitoring/rule-tests";

describe("Prometheus at the real operator", () => {
  let scene: Scene | undefined;
  let prometheus: Prometheus | undefined;

  beforeAll(async () => {
    await prometheusPrograms();
    scene = await startObserved();
    await work(scene);
    prometheus = await observe(scene);
    // A rate needs two scrapes with something between them.
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
        .poll(async () => (await prometheus?.query(withoutVariables(expr)))?.length, {
          timeout: 30_000,
        })
        .toBeGreaterThan(0);
    },
  );

  it("leaves no panel of the dashboard without data", async () => {
    await expect.poll(async () => prometheus && emptyPanels(prometheus), { timeout: 30_000 }).toEqual([]);
  });

  it("fires for the sink that does not work, as soon as there are failures", async () => {
    const firing = 'ALERTS{alertname="KollectSinkConnectionTestFailures", alertstate="firing"}';
    await expect
      .poll(async () => (await prometheus?.query(firing))?.map(({ metric }) => metric["type"]), {
        timeout: 30_000,
      })
      .toEqual(["postgres"]);
  });
});

/** Titles of the panels that would show no data of the last minute. */
async function emptyPanels(prometheus: Prometheus): Promise<string[]> {
  const { title, panels } = dashboard() as Dashboard;
  const to = Math.floor(Date.now() / 1000);
  const span = { from: to - 60, to, step: 1 };
  const answered = await Promise.all(panels.map((panel) => ask(prometheus, panel, span, withoutVariables)));
  const empty = answered.filter((each) => pageOf(title, [each], span).includes("No data"));
  return empty.map(({ panel }) => panel.title);
}

/** Has the operator count everything that queries ask for. */
async function work(scene: Scene): Promise<void> {
  const namespace = await scene.namespace();
  await deniedSink(scene, namespace);
  await doubtfulSink(scene, namespace);
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
