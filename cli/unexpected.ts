import { errorShape } from "../capabilities/probes/error-shape";

/**
 * The line for an error that no command expects. Its text is left out: libraries put into theirs what they were
 * given, and that may be a value of a Secret.
 */
export function unexpected(error: unknown): string {
  const shape = JSON.stringify(errorShape(error));
  return `error: the plugin failed in a way that it does not know. Report this line: ${shape}`;
}
