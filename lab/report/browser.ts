import { pathToFileURL } from "node:url";
import chromium from "@sparticuz/chromium";
import { chromium as driver, type Browser } from "playwright-core";

/** A way to look at the page. */
export interface View {
  readonly name: "light" | "dark" | "phone";
  readonly width: number;
  readonly height: number;
  readonly colorScheme: "light" | "dark";
}

export const VIEWS: readonly View[] = [
  { name: "light", width: 960, height: 720, colorScheme: "light" },
  { name: "dark", width: 960, height: 720, colorScheme: "dark" },
  { name: "phone", width: 390, height: 844, colorScheme: "light" },
];

/** What a browser made of a page. */
export interface Look {
  /** PNG of the whole page. */
  readonly picture: Buffer;
  /** Errors and warnings of scripts, styles and the content policy. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for, beside its own. */
  readonly requests: readonly string[];
  /** Pixels by which the page is wider than the window. */
  readonly overflow: number;
}

/** Starts a real Chromium, the one of the npm package. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  // Containers that run tests give no rights for a sandbox, and the page is our own.
  return driver.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"], headless: true });
}

/** Opens the page of a file in a view, and looks at it. */
export async function lookAt(browser: Browser, file: string, view: View): Promise<Look> {
  const { width, height, colorScheme } = view;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, offline: true });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address, { waitUntil: "load" });
    const overflow = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    return {
      picture: await page.screenshot({ fullPage: true }),
      complaints,
      requests: requests.filter((url) => url !== address),
      overflow,
    };
  } finally {
    await context.close();
  }
}
