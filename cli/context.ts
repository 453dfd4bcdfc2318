import type { Host } from "./host";
import type { Screen } from "./terminal/screen";

/** What every command gets. */
export interface Context {
  readonly host: Host;
  readonly screen: Screen;
  /** Takes the exit code of a command that came to its end. */
  readonly ended: (code: number) => void;
}
