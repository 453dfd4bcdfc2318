import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** A page of the project, with its path from the root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "coverage", ".git"]);

/** Every Markdown file of the project. */
export function pages(folder = ROOT): Page[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : pages(path);
    return entry.name.endsWith(".md")
      ? [{ path: relative(ROOT, path), text: readFileSync(path, "utf8") }]
      : [];
  });
}

export function page(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), "utf8") };
}

/** The text without code blocks and code spans, in which nothing is a link. */
function prose(text: string): string {
  return text.replace(/^(```+)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "``");
}

/** The targets of a page's links, as written. */
export function links({ text }: Page): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The anchors that a page's headings give, by GitHub's rule: lower case, without punctuation, spaces as hyphens. */
export function anchors({ text }: Page): string[] {
  const headings = text.replace(/^(```+)[\s\S]*?^\1/gm, "").matchAll(/^#{1,6} +(.+)$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = ""]) => {
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/ /g, "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** What stands in a page's code blocks of a shell, one command a line, without comments. */
export function commands({ text }: Page): string[] {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block = ""]) =>
    withWholeQuotes(block.replace(/\\\n\s*/g, "").split("\n"))
      .map((line) => line.replace(/ {2,}#.*$/, "").trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
  );
}

/** Joins the lines of a text in single quotes. */
function withWholeQuotes(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    const isOpen = last !== undefined && last.split("'").length % 2 === 0;
    if (isOpen) whole.splice(-1, 1, `${last}\n${line}`);
    else whole.push(line);
  }
  return whole;
}

/** The rows of a page's tables, each as its cells. */
export function rows({ text }: Page): string[][] {
  return [...text.matchAll(/^\|(.*)\|$/gm)]
    .map(([, row = ""]) => row.split("|").map((cell) => cell.trim()))
    .filter(([first]) => !/^:?-+:?$/.test(first ?? ""));
}
