import type { Sink } from "../api/types";
import { failed, type FailureError } from "../domain/failure";

/** Longest text of a field, in characters: four times that of the longest address that a probe reads. */
const MAX_LENGTH = 8192;
/** Depth of a spec, in fields, that is checked: no probe reads deeper. */
const MAX_DEPTH = 6;

/**
 * The failure for a sink with a longer text than any field needs; undefined when there is none. The schemas are those of
 * Kollect and have no limits, so that a field may fill an object, and each parser would need a limit of its own.
 * `spec.tls.caBundle` is not a field of this kind: it holds files.
 */
export function longField({ spec }: Pick<Sink, "spec">): FailureError | undefined {
  const { tls, ...rest } = spec;
  const path = longPath({ ...rest, tls: { ...tls, caBundle: undefined } }, 0);
  if (path === undefined) return undefined;
  const field = ["spec", ...path.map(shownName)].join(".");
  return failed(
    "InvalidConfiguration",
    `${field} is longer than ${MAX_LENGTH} characters. No field but spec.tls.caBundle may be: shorten it.`,
  );
}

/** The name of a field; the author of a sink chooses some of them. */
function shownName(name: string): string {
  return /^\w{1,63}$/.test(name) ? name : "…";
}

/** The fields that lead to the first text that is too long. */
function longPath(value: unknown, depth: number): string[] | undefined {
  if (typeof value === "string") return value.length > MAX_LENGTH ? [] : undefined;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const path = longPath(member, depth + 1);
    if (path) return [...(Array.isArray(value) ? [] : [name]), ...path];
  }
  return undefined;
}
