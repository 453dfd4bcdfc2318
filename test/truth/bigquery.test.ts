import { afterAll, beforeAll } from "vitest";
import { exportToBigquery } from "../../lab/exporter/bigquery";
import type { Exporter } from "../../lab/truth/row";
import { PRINTED_ROWS } from "./bigquery/printed";
import { RIGHTS_ROWS } from "./bigquery/rights";
import { startServers, type BigqueryServers } from "./bigquery/server";
import { SETTING_ROWS } from "./bigquery/settings";
import { STATE_ROWS } from "./bigquery/states";
import { ANONYMOUS_ROWS, EMULATOR_ROWS, TLS_ROWS } from "./bigquery/versions";
import { truthTable } from "./truth-table";

let servers: BigqueryServers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers?.stop());

const shared = { type: "bigquery", server: () => servers } as const;

// No public authority signs for the stand-in, so spec.tls names its own where a row is not about that.
truthTable({
  ...shared,
  rows: [...RIGHTS_ROWS, ...STATE_ROWS, ...SETTING_ROWS, ...PRINTED_ROWS],
  lifted: ["AnonymousRequests", "TLSSettingsIgnored"],
  exporter: exportToBigquery({ sendsToken: true, readsTls: true }),
});

truthTable({
  ...shared,
  rows: TLS_ROWS,
  lifted: ["AnonymousRequests"],
  exporter: exportToBigquery({ sendsToken: true, readsTls: false }),
});

truthTable({
  ...shared,
  rows: ANONYMOUS_ROWS,
  lifted: ["TLSSettingsIgnored"],
  exporter: exportToBigquery({ sendsToken: false, readsTls: true }),
});

const emulatorHost = (): string => `${servers.emulator.host}:${servers.emulator.port}`;
const toEmulator: Exporter = (truthCase, options) =>
  exportToBigquery({ sendsToken: false, readsTls: false, emulator: emulatorHost() })(truthCase, options);

truthTable({
  ...shared,
  rows: EMULATOR_ROWS,
  exporter: toEmulator,
  options: {
    get cloud() {
      return { bigqueryEmulatorHost: emulatorHost() };
    },
  },
});
