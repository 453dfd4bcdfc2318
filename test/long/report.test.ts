import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { htmlOf } from "../../cli/output/html/page";
import { lookAt, startBrowser, VIEWS } from "../fixtures/report/browser";
import { sampleReport } from "../fixtures/report/sample";
import { reportOf, result } from "../unit/cli/samples";

let browser: Browser | undefined;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kollect-report-"));
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const LONG = `database-${"very-long-name".repeat(20)}`;
const REPORTS = {
  "a sink of each sort": sampleReport(),
  "no sink": reportOf([], { error: "there is no kubeconfig" }),
  "long words and markup": reportOf([
    result({ name: LONG, message: `<script>alert(1)</script>${LONG}`, endpoint: `${LONG}:5432` }),
  ]),
};

describe.each(VIEWS)("the HTML report in Chromium, $name", (view) => {
  it.each(Object.entries(REPORTS))("is quiet, loads nothing and fits the window: %s", async (_, report) => {
    if (!browser) throw new Error("no browser");
    const file = join(folder, "report.html");
    await writeFile(file, htmlOf(report));
    const { complaints, requests, overflow, picture } = await lookAt(browser, file, view);
    expect({ complaints, requests, overflow }).toEqual({ complaints: [], requests: [], overflow: 0 });
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
  });
});

it("Chromium complains of a page that runs a script, so that silence means something", async () => {
  if (!browser) throw new Error("no browser");
  const file = join(folder, "bad.html");
  await writeFile(file, htmlOf(sampleReport()).replace("</body>", "<script>1</script></body>"));
  const view = { name: "light", width: 960, height: 720, colorScheme: "light" } as const;
  expect((await lookAt(browser, file, view)).complaints.join()).toContain("Content Security Policy");
});
