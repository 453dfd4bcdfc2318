import { WatchEvent, Watcher } from "kubernetes-fluent-client/dist/fluent/watch";

/**
 * Stops the framework from formatting every list that it gets as indented text for a debug log, which it does at any
 * log level (pepr 1.1.4, lib/processors/watch-processor.ts, `registerWatchEventHandlers`). For 10,000 tests these are
 * tens of MiB at once, every ten minutes and after every reconnect. Call it before the first watch starts, because the
 * framework subscribes to lists just before that.
 */
export function leaveListsUnread(): void {
  const { prototype } = Watcher;
  const start = Object.getOwnPropertyDescriptor(prototype, "start")?.value as typeof prototype.start;
  prototype.start = function (this: Watcher<never>) {
    this.events.removeAllListeners(WatchEvent.LIST);
    return start.call(this);
  };
}
