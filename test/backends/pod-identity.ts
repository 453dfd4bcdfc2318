import { onTestFinished } from "vitest";
import type { CloudEnvironment } from "../../capabilities/config/cloud-environment";
import type { RunOptions } from "../../lab/backends/run-case";
import { startWeb, type WebAnswer, type WebRequest } from "../../lab/servers/web";

/** Options of a probe for which every name has this IPv4 address alone. */
export function resolvingTo(address: string): RunOptions {
  return { resolveHost: () => Promise.resolve([{ address, family: 4 }]) };
}

/** With these a test's server is reached under the names of Google, AWS or another domain. */
export const AT_LOOPBACK = resolvingTo("127.0.0.1");

/** Options of a probe that may use the identity of the operator's pod, with what the pod is told of its cloud. */
export function withPodIdentity(cloud: CloudEnvironment): RunOptions {
  return { plan: { ambientCredentials: true, cloud } };
}

/** Google's metadata server, until the end of the test, and the options of a probe in a pod that has it. */
export async function googleMetadata(
  answer: (request: WebRequest) => WebAnswer,
): Promise<{ readonly options: RunOptions; readonly requests: readonly WebRequest[] }> {
  const { host, port, requests, close } = await startWeb(answer);
  onTestFinished(close);
  const options = withPodIdentity({ googleMetadataHost: `${host}:${port}` });
  return { options: { ...AT_LOOPBACK, ...options }, requests };
}
