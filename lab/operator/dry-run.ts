import { randomUUID } from "node:crypto";
import type { ObjectMeta } from "../../capabilities/api/types";
import { KubeApiError, type KubeApi } from "./kube-api";

/** Path of the tests of a namespace that every cluster has. */
export const DEFAULT_TESTS = "/apis/kollect.dev/v1alpha1/namespaces/default/kollectconnectiontests";

/** What the API server would make of a new test, of which nothing is stored: its metadata, or the refusal. */
export async function tryCreate(
  api: KubeApi,
): Promise<{ readonly metadata: ObjectMeta } | { readonly refusal: string }> {
  const body = {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectConnectionTest",
    metadata: { name: `admission-check-${randomUUID()}`, namespace: "default" },
    spec: { sinkRef: { databaseSinkRef: "admission-check" } },
  };
  try {
    return (await api.request({ method: "POST", path: `${DEFAULT_TESTS}?dryRun=All`, body })) as {
      metadata: ObjectMeta;
    };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return { refusal: error.message };
  }
}
