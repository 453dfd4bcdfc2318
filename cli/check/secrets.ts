import type { Cluster, Secret } from "../../capabilities/domain/ports";
import { keyOf, type Input } from "../input/input";

/** Secrets of the cluster, read with the user's own rights. */
export type ReadSecret = Cluster["getSecret"];

/** The sinks and Secrets of the input, in the form of a cluster for the resolving code, with a record of missing Secrets. */
export interface InputCluster extends Pick<Cluster, "getSink" | "getSecret"> {
  /** The Secret that the sink lacked last, as `namespace/name`. */
  missed(): string | undefined;
}

/** For one sink at a time. `fromCluster` reads Secrets that are not in the files. */
export function inputCluster(input: Input, fromCluster?: ReadSecret): InputCluster {
  let missed: string | undefined;
  return {
    getSink: (kind, namespace, name) =>
      Promise.resolve(
        input.sinks.find(
          (sink) =>
            sink.kind === kind && sink.metadata.namespace === namespace && sink.metadata.name === name,
        ),
      ),
    getSecret: async (namespace, name, signal): Promise<Secret | undefined> => {
      const key = keyOf({ namespace, name });
      const found = input.secrets.get(key) ?? (await fromCluster?.(namespace, name, signal));
      if (!found) missed = key;
      return found;
    },
    missed: () => missed,
  };
}
