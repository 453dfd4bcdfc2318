import { WatchEvent, Watcher } from "kubernetes-fluent-client/dist/fluent/watch";

/**
 * Stops the framework from formatting every list that it gets as indented text for a debug log, which it does at any
 * log level (pepr 1.1.4, lib/processors/watch-processor.ts, `registerWatchEventHandlers`). For 10,000 tests these are
 * tens of MiB at once, every ten minutes and after every reconnect.
 *
 * Also empties each page of a list when the framework has compared it: a page waits for the next ones in the
 * framework's call stack (kubernetes-fluent-client 3.11.6, fluent/watch.ts, `#list`), and would be kept until the last.
 *
 * Call it before the first watch starts, because the framework subscribes to lists just before that.
 */
export function leaveListsUnread(): void {
  const { prototype } = Watcher;
  const start = Object.getOwnPropertyDescriptor(prototype, "start")?.value as typeof prototype.start;
  prototype.start = function (this: Watcher<never>) {
    this.events.removeAllListeners(WatchEvent.LIST);
    this.events.on(WatchEvent.LIST, (page: { items?: unknown[] }) => {
      // The framework emits this before it compares the page, in the same turn.
      queueMicrotask(() => (page.items = []));
    });
    return start.call(this);
  };
}
