import type { Host } from "./host";
import type { Screen } from "./terminal/screen";

/** The context of every command. */
export interface Context {
  readonly host: Host;
  readonly screen: Screen;
  /** Called with the exit code of a completed command. */
  readonly ended: (code: number) => void;
}
