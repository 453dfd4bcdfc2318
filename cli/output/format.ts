import type { Report } from "../report/report";
import type { Style } from "./cells";

export const FORMATS = ["table", "wide", "json", "yaml", "name", "junit", "markdown", "html"] as const;
export type Format = (typeof FORMATS)[number];

type Render = (report: Report, style: Style) => string;

/** Loads the code of a format when it is used; most commands print one. */
const RENDERERS: Readonly<Record<Format, () => Promise<Render>>> = {
  table: async () => (await import("./table")).tableOf,
  wide: async () => (await import("./table")).wideTableOf,
  json: async () => (await import("./data")).jsonOf,
  yaml: async () => (await import("./data")).yamlOf,
  name: async () => (await import("./data")).namesOf,
  junit: async () => (await import("./junit")).junitOf,
  markdown: async () => (await import("./markdown")).markdownOf,
  html: async () => (await import("./html/page")).htmlOf,
};

export async function render(format: Format, report: Report, style: Style): Promise<string> {
  return (await RENDERERS[format]())(report, style);
}
