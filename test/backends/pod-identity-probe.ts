import { PROBES } from "../../capabilities/probes/registry";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";

/** Probes a sink by the pod's own identity in a process of its own, whose authorities its environment names. */
async function main(input: string): Promise<void> {
  const { probeCase, plan } = JSON.parse(input) as Pick<Required<RunOptions>, "plan"> & {
    probeCase: ProbeCase;
  };
  const type = probeCase.sink.spec.type as keyof typeof PROBES;
  const report = await runCase(PROBES[type], probeCase, {
    plan,
    resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  });
  process.stdout.write(JSON.stringify(report));
}

void main(process.argv[2] ?? "{}");
