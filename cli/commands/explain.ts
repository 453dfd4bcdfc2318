import type { Command } from "@commander-js/extra-typings";
import { usage } from "../command-failure";
import { explain, words } from "../explain/explain";
import { OK } from "../exit-codes";
import type { Context } from "../context";

/** `explain WORD`: what the docs say about a word of a verdict. Without a word, all of them. */
export function addExplain(program: Command, { screen, ended }: Context): void {
  program
    .command("explain")
    .description("Explain a cause, reason or limitation of a verdict; without a word, list all of them")
    .argument("[word]", "such as AuthenticationFailed, SecretResolveFailed or EmptyRepository")
    .action((word) => {
      if (word === undefined) screen.print(words());
      else screen.print(explained(word, screen.width));
      ended(OK);
    });
}

function explained(word: string, width: number): string {
  const text = explain(word, width);
  if (text !== undefined) return text;
  throw usage(
    `${JSON.stringify(word.slice(0, 64))} is no cause, reason or limitation: list them with explain`,
  );
}
