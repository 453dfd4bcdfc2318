import type { KollectConnectionTest } from "../../capabilities/api/types";
import { generationOf, hasVerdict } from "../../capabilities/domain/decide";
import type { SinkTarget } from "../../capabilities/domain/spec";
import type { WatchEvents } from "../cluster/watch";
import type { Findings } from "../report/findings";
import { resultOf } from "../report/result";

/** A test whose verdict a command waits for. */
export interface Followed {
  readonly target: SinkTarget;
  /** The test when it was created or requested again: older generations do not count. */
  readonly test: KollectConnectionTest;
  /** Type of the sink, where it is known already. */
  readonly type?: string | undefined;
}

interface Waiting extends Followed {
  readonly over: () => void;
}

/** Turns a watch's events into findings, and tracks when each test has its verdict. */
export class Follower {
  private readonly waiting = new Map<string, Waiting>();
  /** The last state of tests that are not followed yet: a watch may be faster than the response to a create. */
  private readonly early = new Map<
    string,
    { readonly test: KollectConnectionTest; readonly gone: boolean }
  >();

  constructor(private readonly findings: Findings) {}

  readonly change: WatchEvents["change"] = (test, gone) => {
    const uid = test.metadata.uid ?? "";
    const waiting = this.waiting.get(uid);
    if (waiting) this.look(waiting, test, gone);
    else this.early.set(uid, { test, gone });
  };

  /** Resolves when the test has a verdict of its generation or a later one, or was deleted. */
  verdictOf(followed: Followed): Promise<void> {
    const uid = followed.test.metadata.uid ?? "";
    return new Promise((resolve) => {
      const over = (): void => {
        this.waiting.delete(uid);
        resolve();
      };
      const waiting = { ...followed, over };
      this.waiting.set(uid, waiting);
      this.look(waiting, followed.test, false);
      const early = this.early.get(uid);
      this.early.delete(uid);
      if (early) this.look(waiting, early.test, early.gone);
    });
  }

  /** Tests without a verdict. */
  get open(): readonly Followed[] {
    return [...this.waiting.values()];
  }

  private look(
    { target, test: asked, type, over }: Waiting,
    test: KollectConnectionTest,
    gone: boolean,
  ): void {
    if (generationOf(test) < generationOf(asked)) return;
    const result = resultOf(target, test, type);
    const isOver = hasVerdict(test);
    if (gone && !isOver) {
      const message = "The test was deleted before it had a verdict: was its sink deleted?";
      this.findings.set({ ...result, reason: "Deleted", message, fault: "Command" });
    } else {
      this.findings.set(result);
    }
    if (isOver || gone) over();
  }
}
