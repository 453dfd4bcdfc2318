/** Text that is HTML already. */
export class Markup {
  constructor(readonly html: string) {}
}

type Part = string | number | Markup | readonly Markup[] | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A template whose values are escaped, unless they are {@link Markup}; undefined is empty. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, piece, index) => text + htmlOf(parts[index - 1]) + piece));
}

function htmlOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.html;
  if (typeof part === "object") return part.map((each) => each.html).join("\n");
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
