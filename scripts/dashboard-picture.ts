import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dashboard } from "../generate/monitoring/dashboard";
import { ask } from "../lab/monitoring/answers";
import type { Dashboard } from "../lab/monitoring/dashboard";
import { pageOf, PAGE_WIDTH } from "../lab/monitoring/page";
import type { Prometheus, Span } from "../lab/servers/tools/prometheus-server";
import { ROOT } from "../lab/stage";
import type { Scene } from "../test/e2e/scene/scene";
import { NARROW, putLoad } from "../test/fixtures/monitoring/load";
import { observe, startObserved } from "../test/fixtures/monitoring/observed";
import { withoutVariables } from "../test/fixtures/monitoring/queries";
import { lookAt, startBrowser } from "../test/fixtures/report/browser";
import { aborted, interruptible, runMain } from "./run-main";

const USAGE = `Usage: node --import tsx scripts/dashboard-picture.ts

Starts a Kubernetes API server, a PostgreSQL server, the operator and a Prometheus on free ports of loopback, puts a load
of good and bad sinks on them for two and a half minutes, asks Prometheus every query of the Grafana dashboard, draws its
panels and writes docs/pictures/dashboard.png. Grafana takes no part in it.

  --help  print this`;

const PICTURE = join(ROOT, "docs/pictures/dashboard.png");
/** Prometheus scrapes every second; Grafana would take a minute where it scrapes every 15 s. */
const RATE_RANGE = "10s";

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { help: { type: "boolean" } } });
  if (values.help) return console.log(USAGE);
  const finished = await interruptible(draw);
  console.log(finished ? `Written: ${PICTURE}` : "Interrupted. Nothing is left running.");
}

async function draw(signal: AbortSignal): Promise<void> {
  const scene = await startObserved(NARROW);
  try {
    const interrupted = aborted(signal).then(() => Promise.reject(new Error("interrupted")));
    await Promise.race([drawLoad(scene), interrupted]);
  } finally {
    await scene.stop();
  }
}

async function drawLoad(scene: Scene): Promise<void> {
  const prometheus = await observe(scene);
  try {
    console.log("Load for two and a half minutes ...");
    const from = seconds();
    await putLoad(scene);
    await writePicture(await page(prometheus, { from, to: seconds(), step: 1 }));
  } finally {
    await prometheus.stop();
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function page(prometheus: Prometheus, span: Span): Promise<string> {
  const { title, panels } = dashboard() as Dashboard;
  const ready = (expr: string): string => withoutVariables(expr, RATE_RANGE);
  return pageOf(title, await Promise.all(panels.map((panel) => ask(prometheus, panel, span, ready))), span);
}

async function writePicture(html: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-dashboard-"));
  const browser = await startBrowser();
  try {
    const file = join(folder, "dashboard.html");
    await writeFile(file, html);
    const view = { name: "dark", width: PAGE_WIDTH, height: 900, colorScheme: "dark" } as const;
    const { picture, complaints } = await lookAt(browser, file, view);
    if (complaints.length > 0) throw new Error(`Chromium complains: ${complaints.join("; ")}`);
    await writeFile(PICTURE, picture);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

runMain(main);
