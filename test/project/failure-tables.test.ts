import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { PHASES, SINK_TYPES } from "../../capabilities/api/vocabulary";
import { ROOT } from "./markdown";

const SOURCE = join(ROOT, "capabilities");
const VARIES = "\u0000";

/** The text of a literal, a template or a sum of them; what is filled in at run time is {@link VARIES}. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => VARIES + literal.text).join("");
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : (left ?? VARIES) + (right ?? VARIES);
}

/** Every text in the operator's source, one for each line. */
function textsOfSource(): string {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined) found.push(text);
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(SOURCE, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(SOURCE, name), "utf8");
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest));
  }
  return found.join("\n");
}

/** What may differ in a message, or is filled in there: `…`, text in backticks, and names of phases. */
const FILLED_IN = new RegExp(`…|\`[^\`]*\`|\\b(?:${PHASES.join("|")})\\b`);

/** The parts of messages that the table "Failures and fixes" of a page quotes. */
function quoted(type: string): string[] {
  const page = readFileSync(join(ROOT, `docs/sinks/${type}.md`), "utf8");
  const section = /\n## Failures and fixes\n([^]*?)(?=\n## |$)/.exec(page)?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows
    .slice(2)
    .map((row) => row.split(/(?<!\\)\|/)[2] ?? "")
    .flatMap((cell) => cell.split(/;\s/))
    .flatMap((part) => part.split(FILLED_IN))
    .map((part) => part.trim().replace(/^[,.]\s*|[,.]$/g, ""))
    .filter((part) => part.length > 5);
}

describe("the table of failures and fixes", () => {
  const texts = textsOfSource();

  it.each(SINK_TYPES)("of %s quotes messages as the operator writes them", (type) => {
    const parts = quoted(type);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.filter((part) => !texts.includes(part))).toEqual([]);
  });
});
