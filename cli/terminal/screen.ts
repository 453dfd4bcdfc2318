/** An output stream of the process. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Output of a command: data on standard output, everything else on standard error. */
export interface Screen {
  /** Whether standard error is a terminal that can update lines. */
  readonly live: boolean;
  /** Whether colours may be used on standard output. */
  readonly colours: boolean;
  /** Width of a line, in characters; 100 without a terminal or its size. */
  readonly width: number;
  /** Standard error itself, for code that draws on it. */
  readonly talk: Stream;
  /** Writes data to standard output, unchanged. */
  print(text: string): void;
  /** Writes a line to standard error, without characters that control a terminal. */
  say(line: string): void;
}

const DEFAULT_WIDTH = 100;

/** `NO_COLOR` and `TERM=dumb` turn off colours; the latter also turns off updated lines. */
export function createScreen(
  streams: { readonly stdout: Stream; readonly stderr: Stream },
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const { stdout, stderr } = streams;
  const dumb = env.TERM === "dumb";
  return {
    live: stderr.isTTY === true && !dumb,
    colours: stdout.isTTY === true && !dumb && !env.NO_COLOR,
    // A terminal without a size, such as that of a container, has 0 columns.
    width: stdout.columns || DEFAULT_WIDTH,
    talk: stderr,
    print: (text) => void stdout.write(text),
    say: (line) => void stderr.write(`${visible(line)}\n`),
  };
}

/** Text without control and format characters, which may come from the name of a file; line breaks stay. */
function visible(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd"))
    .join("\n");
}
