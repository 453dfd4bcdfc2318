import type { Command } from "@commander-js/extra-typings";
import { usage, type CommandFailure } from "../command-failure";
import { OK } from "../exit-codes";
import type { Context } from "../context";

/** `explain WORD`: what the docs say about a word of a verdict. Without a word, all of them. */
export function addExplain(program: Command, { screen, ended }: Context): void {
  program
    .command("explain")
    .description("Explain a cause, reason or limitation of a verdict; without a word, list all of them")
    .argument("[word]", "such as AuthenticationFailed, SecretResolveFailed or EmptyRepository")
    .action(async (word) => {
      const { explain, words } = await import("../explain/explain");
      const text = word === undefined ? words() : explain(word, screen.width);
      if (text === undefined) throw unknown(word);
      screen.print(text);
      ended(OK);
    });
}

function unknown(word = ""): CommandFailure {
  return usage(
    `${JSON.stringify(word.slice(0, 64))} is not a cause, reason or limitation: list them with explain`,
  );
}
