/** Where the demo is shown. */
export interface Screen {
  /** The heading of an act. */
  act(number: number, title: string): void;
  /** A line that tells what happens and why. */
  say(text: string): void;
  /** A command line, before it runs. */
  command(line: string): void;
  /** What a command prints, as it comes. */
  output(text: string): void;
  /** A promise that was kept. */
  kept(promise: string): void;
  /** Why the demo ends early. */
  failed(reason: string): void;
}

/** What a screen needs of `process.stdout`. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

type Style = "bold" | "dim" | "red" | "green" | "cyan";

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 };

/** Styled on a terminal, unless `NO_COLOR` is set; otherwise plain text with the same words. */
export function createScreen(terminal: Terminal, env: NodeJS.ProcessEnv): Screen {
  const styled = terminal.isTTY === true && !env.NO_COLOR;
  const style = (name: Style, text: string): string =>
    styled ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text;
  const line = (text: string): void => void terminal.write(`${text}\n`);
  return {
    act: (number, title) => line(`\n${style("bold", `${number}. ${title}`)}`),
    say: (text) => line(style("dim", text)),
    command: (text) => line(`${style("cyan", "$")} ${style("bold", text)}`),
    output: (text) => void terminal.write(text),
    kept: (promise) => line(`${style("green", styled ? "✓" : "ok")} ${promise}`),
    failed: (reason) => line(`\n${style("red", "FAILED")} ${reason}`),
  };
}
