import type { LabServer } from "../backends/backend";
import { filledSecret, type ProbeCase } from "../backends/run-case";
import {
  blackHole,
  drip,
  greeter,
  hangUp,
  neverConnects,
  otherProtocol,
  resetter,
  WEB_REFUSAL,
  type Fault,
} from "../faults";

/** What a probe can meet at its address, by what the server does. */
const FAULTS: Readonly<Record<string, (server: LabServer) => Promise<Fault>>> = {
  "accepts and says nothing": () => blackHole(),
  drips: ({ dripBytes }) => drip(dripBytes),
  resets: ({ serverSpeaksFirst }) => resetter(serverSpeaksFirst),
  "hangs up": () => hangUp(),
  "speaks another protocol": ({ serverSpeaksFirst }) =>
    serverSpeaksFirst ? greeter(WEB_REFUSAL) : otherProtocol(),
  "never connects": () => neverConnects(),
};

export interface RunningFaults {
  /** Sinks at the faults, by what the server does. */
  readonly cases: Readonly<Record<string, ProbeCase>>;
  stop(): Promise<void>;
}

/** Starts one server for each fault. When that fails, nothing is left running. */
export async function startFaults(server: LabServer, good: ProbeCase): Promise<RunningFaults> {
  const started: Fault[] = [];
  const cases: Record<string, ProbeCase> = {};
  const stop = async (): Promise<void> => void (await Promise.all(started.map((fault) => fault.close())));
  const [, values] = filledSecret(good);
  try {
    for (const [name, start] of Object.entries(FAULTS)) {
      const fault = await start(server);
      started.push(fault);
      cases[name] = server.at(fault, values);
    }
    return { cases, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
