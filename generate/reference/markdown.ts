export type Row = readonly string[];

export function row(...cells: string[]): Row {
  return cells;
}

function line(cells: Row): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** A Markdown table; a `|` within a cell is escaped. */
export function table(headings: Row, rows: readonly Row[]): string {
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

export function section(title: string, ...parts: string[]): string {
  return [`## ${title}`, ...parts.map((part) => part.trim())].join("\n\n") + "\n";
}

export function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\`\n`;
}
