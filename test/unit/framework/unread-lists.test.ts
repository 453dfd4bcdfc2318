import { Watcher, WatchEvent } from "kubernetes-fluent-client/dist/fluent/watch";
import { afterEach, expect, it, vi } from "vitest";
import { KollectConnectionTest } from "../../../capabilities/api/kinds";
import { leaveListsUnread } from "../../../capabilities/framework/unread-lists";

afterEach(() => void vi.unstubAllEnvs());

it("no listener hears of a list when a watch has started, of everything else as before, and pages are emptied", async () => {
  // No server listens where a missing kubeconfig points to.
  vi.stubEnv("KUBECONFIG", "/nonexistent");
  leaveListsUnread();
  const watcher = new Watcher(KollectConnectionTest, {}, () => undefined);
  const heard: string[] = [];
  watcher.events.on(WatchEvent.LIST, () => heard.push("list"));
  watcher.events.on(WatchEvent.DATA, () => heard.push("data"));
  void watcher.start();
  const page = { items: [{ metadata: { name: "orders" } }] };
  watcher.events.emit(WatchEvent.LIST, page);
  watcher.events.emit(WatchEvent.DATA, {});
  watcher.close();
  expect(heard).toEqual(["data"]);
  // The framework reads the page in the turn in which it emits it.
  expect(page.items).toHaveLength(1);
  await Promise.resolve();
  expect(page.items).toEqual([]);
});
