import { WatchEvent, Watcher } from "kubernetes-fluent-client/dist/fluent/watch";

/**
 * Spares the process what the framework does with every list that it gets, which is to write it out as indented text for
 * a debug log, whatever the log level is (pepr 1.1.4, lib/processors/watch-processor.ts, `registerWatchEventHandlers`).
 * Of 10,000 tests that are tens of MiB at once, every ten minutes and after every reconnect. Call it before the first
 * watch starts: the framework listens for lists just before that.
 */
export function leaveListsUnread(): void {
  const { prototype } = Watcher;
  const start = Object.getOwnPropertyDescriptor(prototype, "start")?.value as typeof prototype.start;
  prototype.start = function (this: Watcher<never>) {
    this.events.removeAllListeners(WatchEvent.LIST);
    return start.call(this);
  };
}
