import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { htmlOf } from "../cli/output/html/page";
import { lookAt, startBrowser, VIEWS } from "../lab/report/browser";
import { sampleReport } from "../lab/report/sample";
import { runMain } from "./run-main";

const FOLDER = join(import.meta.dirname, "../docs/pictures");

/** Writes the pictures of the HTML report in docs/pictures. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-pictures-"));
  const browser = await startBrowser();
  try {
    const file = join(folder, "report.html");
    await writeFile(file, htmlOf(sampleReport()));
    for (const view of VIEWS) {
      const { picture } = await lookAt(browser, file, view);
      await writeFile(join(FOLDER, `report-${view.name}.png`), picture);
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

runMain(main);
