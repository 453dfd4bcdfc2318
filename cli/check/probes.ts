import { isSinkType, type SinkType } from "../../capabilities/api/vocabulary";
import type { Probe } from "../../capabilities/probes/probe";

/** Loads the probe of each type with its driver, so that a command loads only the types of its sinks. */
const LOADERS: Readonly<Record<SinkType, () => Promise<Probe>>> = {
  git: async () => (await import("../../capabilities/probes/git/probe")).gitProbe,
  gitlab: async () => (await import("../../capabilities/probes/git/probe")).gitlabProbe,
  s3: async () => (await import("../../capabilities/probes/s3/probe")).s3Probe,
  gcs: async () => (await import("../../capabilities/probes/gcs/probe")).gcsProbe,
  postgres: async () => (await import("../../capabilities/probes/postgres/probe")).postgresProbe,
  bigquery: async () => (await import("../../capabilities/probes/bigquery/probe")).bigqueryProbe,
  mongodb: async () => (await import("../../capabilities/probes/mongodb/probe")).mongodbProbe,
  nats: async () => (await import("../../capabilities/probes/nats/probe")).natsProbe,
  kafka: async () => (await import("../../capabilities/probes/kafka/probe")).kafkaProbe,
};

/** The probes of these types, by type. The schema allows no other type. */
export async function loadProbes(types: readonly string[]): Promise<(type: string) => Probe> {
  const wanted = [...new Set(types.filter(isSinkType))];
  const loaded = new Map<string, Probe>(
    await Promise.all(wanted.map(async (type) => [type, await LOADERS[type]()] as const)),
  );
  return (type) => {
    const probe = loaded.get(type);
    if (!probe) throw new Error(`the probe of type ${type} was not loaded`);
    return probe;
  };
}
