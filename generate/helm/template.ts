import { toYaml, type KubeObject } from "../gitops/objects";

/** Text that is inserted into a template without YAML quotes: a number, a list, a map. */
export function bare(expression: string): string {
  return `⟦{{ ${expression} }}⟧`;
}

/** A value as YAML below its key, which is indented by two less. */
export function block(value: string, indent: number): string {
  return `⟦{{- toYaml ${value} | nindent ${indent} }}⟧`;
}

const BARE = /"⟦(.*?)⟧"|'⟦(.*?)⟧'|⟦(.*?)⟧/g;

/** Objects as documents of a template. Their strings may contain Helm expressions. */
export function documents(...objects: readonly KubeObject[]): string {
  const text = toYaml(...objects);
  return text.replace(BARE, (_, double?: string, single?: string, plain?: string) => {
    if (double !== undefined) return JSON.parse(`"${double}"`) as string;
    return single?.replaceAll("''", "'") ?? plain ?? "";
  });
}

/**
 * Text of manifests without expressions.
 * @throws Error when Helm would parse a part of it as one
 */
export function verbatim(text: string, what: string): string {
  if (text.includes("{{")) throw new Error(`${what} holds "{{", which Helm would take for an expression`);
  return text;
}

/** Documents under a condition, and others as the alternative. */
export function when(condition: string, then: string, otherwise?: string): string {
  const rest = otherwise === undefined ? "" : `{{- else }}\n---\n${otherwise}`;
  return `{{- if ${condition} }}\n---\n${then}${rest}{{- end }}\n`;
}

/** Documents for each item of a list, which is `.` in them. */
export function each(list: string, body: string): string {
  return `{{- range ${list} }}\n---\n${body}{{- end }}\n`;
}
