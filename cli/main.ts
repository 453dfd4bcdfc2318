import { CommanderError } from "@commander-js/extra-typings";
import { CommandFailure } from "./command-failure";
import { COMPLETE } from "./completion/scripts";
import { FAILED, OK, SIGNAL_CODES, USAGE } from "./exit-codes";
import { Interrupted, type Host } from "./host";
import { createProgram } from "./program";
import { createScreen } from "./terminal/screen";
import { unexpected } from "./unexpected";

/** Runs one command and returns its exit code. Never rejects. */
export async function main(host: Host): Promise<number> {
  const screen = createScreen(host, host.env);
  let code = OK;
  const program = createProgram({ host, screen, ended: (ended) => (code = ended) });
  const [first, ...typed] = host.args;
  if (first === COMPLETE) {
    const { completions } = await import("./completion/candidates");
    screen.print(completions(program, typed));
    return OK;
  }
  try {
    await program.parseAsync(host.args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
    return explained(error, screen.say);
  }
}

function explained(error: unknown, say: (line: string) => void): number {
  if (error instanceof Interrupted) return SIGNAL_CODES[error.signal];
  if (error instanceof CommandFailure) {
    say(`error: ${error.message}`);
    return error.exitCode;
  }
  say(unexpected(error));
  return FAILED;
}
