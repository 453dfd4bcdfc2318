import type { SinkResult } from "../report/report";
import { sinkName } from "../report/sink-name";
import type { Screen } from "./screen";

/** Shows the progress of each sink while a command runs. */
export interface Progress {
  show(result: SinkResult): void;
  /** Ends the updated lines, before other text follows. */
  done(): void;
}

const NONE: Progress = { show: () => undefined, done: () => undefined };

/** Updated lines on a terminal, plain lines in a log, nothing when quiet. */
export async function createProgress(screen: Screen, quiet: boolean): Promise<Progress> {
  if (quiet) return NONE;
  return screen.live ? liveProgress(screen) : plainProgress(screen);
}

function plainProgress(screen: Screen): Progress {
  const last = new Map<string, string>();
  return {
    show: (result) => {
      const key = keyOf(result);
      const line = `${key}: ${stateOf(result)}`;
      if (last.get(key) === line) return;
      last.set(key, line);
      screen.say(line);
    },
    done: () => undefined,
  };
}

/** Maximum number of lines: a longer block would scroll and could not be updated. */
const MAX_LINES = 20;
/** Time between two updates, in milliseconds. */
const DRAW_MS = 50;

async function liveProgress(screen: Screen): Promise<Progress> {
  const { createLogUpdate } = await import("log-update");
  const draw = createLogUpdate(screen.talk as NodeJS.WriteStream);
  const states = new Map<string, SinkResult>();
  let timer: NodeJS.Timeout | undefined;
  const paint = (): void => {
    timer = undefined;
    draw(block([...states.values()]));
  };
  return {
    show: (result) => {
      states.set(keyOf(result), result);
      timer ??= setTimeout(paint, DRAW_MS);
    },
    done: () => {
      clearTimeout(timer);
      draw.clear();
      draw.done();
    },
  };
}

/** Sinks without a verdict first, and a count of all. */
export function block(results: readonly SinkResult[]): string {
  const open = results.filter(({ verdict }) => verdict === "Unknown");
  const over = results.filter(({ verdict }) => verdict !== "Unknown");
  const shown = [...open, ...over].slice(0, MAX_LINES);
  const width = Math.max(...shown.map((result) => keyOf(result).length));
  const rows = shown.map((result) => `${keyOf(result).padEnd(width)}  ${stateOf(result)}`);
  return [...rows, `${over.length} of ${results.length} sinks have a verdict`].join("\n");
}

function keyOf(result: SinkResult): string {
  const place = [result.context, result.namespace].filter(Boolean).join("/");
  return `${place}/${sinkName(result)}`;
}

/** The verdict with its phases, or the state of the run. */
export function stateOf(result: SinkResult): string {
  const { verdict, cause, reason, phases } = result;
  if (verdict === "Unknown")
    return reason === "Pending" && !result.fault ? reason : `${reason}: ${result.message}`;
  const passed = phases.map(({ name, result: end, latencyMs }) =>
    end === "Passed" ? `${name} ${latencyMs ?? 0} ms` : `${name} ${end.toLowerCase()}`,
  );
  const word = verdict === "True" ? "True" : `False ${cause ?? reason}`;
  return passed.length > 0 ? `${word} (${passed.join(", ")})` : word;
}
