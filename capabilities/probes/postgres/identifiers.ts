import { quoted } from "../messages";

/** An identifier in SQL syntax, so that a statement in a message can be copied. */
export function sqlName(...names: readonly string[]): string {
  return quoted(names.map(quoteIfNeeded).join("."));
}

function quoteIfNeeded(name: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Common words that cannot name a table or role without quotes. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "all analyse analyze and any array as asc both case cast check collate column constraint create current_user " +
    "default desc distinct do else end except false fetch for foreign from grant group having in initially intersect " +
    "into lateral leading limit not null offset on only or order placing primary references returning select " +
    "session_user some symmetric table then to trailing true union unique user using variadic when where window with"
  ).split(" "),
);

/** A string literal in SQL, independent of the server's setting for backslashes. */
export function sqlText(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return text.includes("\\") ? ` E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}

/** String literals in SQL, for the parentheses of IN. */
export function sqlTexts(texts: readonly string[]): string {
  return texts.map(sqlText).join(", ");
}
