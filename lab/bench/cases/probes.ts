import { presentServers } from "../../backends";
import type { LabContext, LabServer } from "../../backends/backend";
import { filledSecret, type ProbeCase } from "../../backends/run-case";
import { prepare } from "../../demo/database";
import { readSample } from "../../demo/sample";
import { refusedPort } from "../../faults";
import { createAuthority } from "../../pki";
import { startPostgres } from "../../servers/postgres/server";
import { ROOT } from "../../stage";
import type { Setting, StandaloneCase } from "../bench";
import { startFaults } from "../probe-faults";
import { measureProbes, type ProbeFigures, type ProbeWork, type SeriesFigures } from "../probe-process";
import type { Measure } from "../report";

const MAX_OVERSHOOT_MS = 250;
const MAX_DESCRIPTORS = 2;
/** Less than one connection would hold that every run forgot. */
const MAX_GROWTH_PERCENT = 2;

/** The probes alone, with neither a cluster nor the operator around them. */
export const probes: StandaloneCase = {
  name: "each backend's probe: 200 times each of success and two failures, then faults with a deadline of 1 s",
  long: true,
  standalone: true,
  run: async (setting) => {
    const authority = createAuthority("Bench CA");
    const sample = readSample(ROOT);
    const postgres = await startPostgres({ tls: authority.issue({ names: ["localhost", "127.0.0.1"] }) });
    try {
      await prepare(postgres, sample);
      const measures: Measure[] = [];
      for (const backend of await present(setting)) {
        measures.push(...(await measureBackend(backend, { authority, postgres, sample }, setting)));
      }
      return measures;
    } finally {
      await postgres.stop();
    }
  },
};

async function present({ log }: Setting): Promise<readonly LabServer[]> {
  const { servers, leftOut } = await presentServers();
  for (const line of leftOut) log(`  left out: ${line}`);
  return servers;
}

async function measureBackend(
  backend: LabServer,
  context: LabContext,
  { log, signal }: Setting,
): Promise<Measure[]> {
  const { name, server } = backend;
  signal.throwIfAborted();
  const { probeCase, stop } = await backend.start(context);
  try {
    const faults = await startFaults(backend, probeCase);
    try {
      log(`  ${name}: ${server}`);
      const series = await seriesOf(backend, probeCase);
      return measuresOf(name, await measureProbes({ series, faults: faults.cases }, signal));
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      await faults.stop();
    }
  } finally {
    await stop();
  }
}

async function seriesOf({ at, refuse }: LabServer, good: ProbeCase): Promise<ProbeWork["series"]> {
  const [field, values] = filledSecret(good);
  const wrong = { ...good, secrets: { ...good.secrets, [field]: refuse(values) } };
  return {
    success: { probeCase: good },
    "refused connection": { probeCase: at(await refusedPort(), values), cause: "ConnectionRefused" },
    "refused credentials": { probeCase: wrong, cause: "AuthenticationFailed" },
  };
}

function measuresOf(row: string, { series, overshootMs }: ProbeFigures): Measure[] {
  const most = (figure: keyof SeriesFigures): number =>
    Math.max(...Object.values(series).map((figures) => figures[figure]));
  return [
    { row, what: "success p50", value: series.success.p50, unit: "ms" },
    {
      ...{ row, what: "past deadline", value: Math.max(...Object.values(overshootMs)), unit: "ms" },
      target: { atMost: MAX_OVERSHOOT_MS },
    },
    { row, what: "descriptors", value: most("descriptors"), target: { atMost: MAX_DESCRIPTORS } },
    { row, what: "resources", value: most("active"), target: { atMost: 0 } },
    {
      row,
      what: "live memory",
      value: most("livePercent"),
      unit: "%",
      target: { atMost: MAX_GROWTH_PERCENT },
    },
    { row, what: "resident", value: most("residentPercent"), unit: "%" },
  ];
}
