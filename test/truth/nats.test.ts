import { afterAll, beforeAll } from "vitest";
import { exportToNats } from "../../lab/exporter/nats";
import { DOCUMENTED, MINIMAL } from "./nats/minimal";
import { RIGHTS } from "./nats/rights";
import { SETTINGS } from "./nats/settings";
import { STATES } from "./nats/states";
import { TLS } from "./nats/tls";
import { startWorld, type NatsWorld } from "./nats/world";
import { truthTable } from "./truth-table";

let world: NatsWorld;
beforeAll(async () => {
  world = await startWorld(DOCUMENTED);
});
afterAll(() => world?.stop());

truthTable({
  type: "nats",
  rows: [...MINIMAL, ...RIGHTS, ...STATES, ...SETTINGS, ...TLS],
  exporter: exportToNats,
  server: () => world,
});
