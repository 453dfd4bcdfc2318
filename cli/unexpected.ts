import { errorShape } from "../capabilities/probes/error-shape";

/**
 * The line for an unexpected error. Its text is left out, because libraries put their input into their messages,
 * which may be a value of a Secret.
 */
export function unexpected(error: unknown): string {
  const shape = JSON.stringify(errorShape(error));
  return `error: the plugin failed with an unexpected error. Report this line: ${shape}`;
}
