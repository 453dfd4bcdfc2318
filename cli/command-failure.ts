import { FAILED, USAGE } from "./exit-codes";

/** Ends a command with one line for the user. The message never contains a value of a Secret. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";

  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** Wrong usage or input: exit code 2. */
export function usage(message: string): CommandFailure {
  return new CommandFailure(USAGE, message);
}

/** The command cannot do its work: exit code 1. */
export function broken(message: string): CommandFailure {
  return new CommandFailure(FAILED, message);
}
