import { gcsProbe } from "../../../capabilities/probes/gcs/probe";
import { runCase } from "../../../lab/backends/run-case";
import { s3Case } from "../../../lab/backends/s3";

/** Probes a gcs sink by the pod's own identity in a process of its own, whose authorities its environment names. */
async function main(endpoint: string, googleMetadataHost: string): Promise<void> {
  const probeCase = s3Case(endpoint, { type: "gcs", secret: null });
  const report = await runCase(gcsProbe, probeCase, {
    plan: { ambientCredentials: true, cloud: { googleMetadataHost } },
    resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  });
  process.stdout.write(JSON.stringify(report));
}

const [endpoint = "", metadataHost = ""] = process.argv.slice(2);
void main(endpoint, metadataHost);
