import { writePrivate } from "./credentials";

/** One user's way into one cluster. */
export interface KubeconfigParts {
  readonly context: string;
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
  readonly namespace?: string | undefined;
}

/** Writes a kubeconfig with a single context, which is the current one, readable by its owner only. */
export async function writeKubeconfig(file: string, parts: KubeconfigParts): Promise<void> {
  const { context: name, cluster, user, namespace } = parts;
  const context = { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context }],
  };
  // JSON is YAML too, and needs no library to be written safely.
  await writePrivate(file, JSON.stringify(config, undefined, 2));
}
