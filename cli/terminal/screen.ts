/** Where a stream of the process goes. */
export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What a command shows: data on standard output, everything else on standard error. */
export interface Screen {
  /** Whether standard error is a terminal that can show lines that change. */
  readonly live: boolean;
  /** Whether colours may be used on standard output. */
  readonly colours: boolean;
  /** Characters of a line; 100 where there is no terminal. */
  readonly width: number;
  /** Standard error itself, for what draws on it. */
  readonly talk: Stream;
  /** Writes data to standard output, as it is. */
  print(text: string): void;
  /** Writes a line to standard error. */
  say(line: string): void;
}

const DEFAULT_WIDTH = 100;

/** `NO_COLOR` and `TERM=dumb` turn off colours; the latter lines that change too. */
export function createScreen(
  streams: { readonly stdout: Stream; readonly stderr: Stream },
  env: Readonly<Record<string, string | undefined>>,
): Screen {
  const { stdout, stderr } = streams;
  const dumb = env.TERM === "dumb";
  return {
    live: stderr.isTTY === true && !dumb,
    colours: stdout.isTTY === true && !dumb && !env.NO_COLOR,
    width: stdout.columns ?? DEFAULT_WIDTH,
    talk: stderr,
    print: (text) => void stdout.write(text),
    say: (line) => void stderr.write(`${line}\n`),
  };
}
