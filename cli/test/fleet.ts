import { CommandFailure, usage } from "../command-failure";

/** Maximum number of contexts of one run: each has its own watch and connections. */
const MAX_CONTEXTS = 50;

/** The contexts that `--context a,b` names, each once; `undefined` stands for the current one. Throws `CommandFailure`. */
export function contextsOf(option: string | undefined): readonly (string | undefined)[] {
  if (option === undefined || !option.includes(",")) return [option];
  const names = [...new Set(option.split(",").map((name) => name.trim()))];
  if (names.includes("")) throw usage("--context has an empty name: write the contexts as --context a,b");
  if (names.length > MAX_CONTEXTS) {
    throw usage(`--context names ${names.length} contexts: name at most ${MAX_CONTEXTS}`);
  }
  return names;
}

/**
 * Runs all contexts in parallel and to completion, so that an unavailable cluster does not affect the others. Rejects
 * with the first failure, with the name of its context.
 */
export async function inEveryContext(
  contexts: readonly (string | undefined)[],
  runs: readonly (() => Promise<void>)[],
): Promise<void> {
  const ends = await Promise.allSettled(runs.map((run) => run()));
  const failed = ends.findIndex(({ status }) => status === "rejected");
  const end = ends[failed];
  if (end?.status !== "rejected") return;
  const name = contexts[failed];
  if (contexts.length === 1 || name === undefined || !(end.reason instanceof CommandFailure))
    throw end.reason;
  const { exitCode, message } = end.reason;
  throw new CommandFailure(exitCode, `context ${JSON.stringify(name)}: ${message}`);
}
