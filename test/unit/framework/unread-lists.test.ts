import { Watcher, WatchEvent } from "kubernetes-fluent-client/dist/fluent/watch";
import { afterEach, expect, it, vi } from "vitest";
import { KollectConnectionTest } from "../../../capabilities/api/kinds";
import { leaveListsUnread } from "../../../capabilities/framework/unread-lists";

afterEach(() => void vi.unstubAllEnvs());

it("no listener hears of a list when a watch has started, and of everything else as before", () => {
  // No server listens where a missing kubeconfig points to.
  vi.stubEnv("KUBECONFIG", "/nonexistent");
  leaveListsUnread();
  const watcher = new Watcher(KollectConnectionTest, {}, () => undefined);
  watcher.events.on(WatchEvent.LIST, () => undefined);
  watcher.events.on(WatchEvent.DATA, () => undefined);
  void watcher.start();
  const heard = [WatchEvent.LIST, WatchEvent.DATA].map((event) => watcher.events.listenerCount(event));
  watcher.close();
  expect(heard).toEqual([0, 1]);
});
