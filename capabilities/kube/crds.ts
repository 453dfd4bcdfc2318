import { GROUP, VERSION } from "../api/vocabulary";
import type { ApiRequest } from "./http/client";
import { errorOf } from "./http/responses";
import type { Transport } from "./http/transport";
import { applied } from "./paths";

/** A CustomResourceDefinition as it is sent. */
export interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
}

/** `left`: another manager owns parts of it that differ, so nothing was changed. */
export type CrdResult = "applied" | "left";

/** The operator's calls about its own kinds at startup. Rejects with `ClusterError`. */
export interface Crds {
  /** Server-side apply without force: creates a missing definition, updates the operator's own, leaves any other. */
  apply(crd: CustomResourceDefinition, signal?: AbortSignal): Promise<CrdResult>;
  /** Whether the API server serves the kind. */
  isServed(plural: string, signal?: AbortSignal): Promise<boolean>;
}

export function createCrds(transport: Transport): Crds {
  return {
    apply: async (crd, signal) => {
      const { name } = crd.metadata;
      const request: ApiRequest = {
        call: `apply CustomResourceDefinition ${name}`,
        method: "PATCH",
        path: applied(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`),
        contentType: "application/apply-patch+yaml",
        body: crd,
        judged: [409],
      };
      const response = await transport.send(request, signal);
      return response.status === 409 ? "left" : "applied";
    },
    isServed: async (plural, signal) => {
      const call = `list ${plural}`;
      const path = `/apis/${GROUP}/${VERSION}/${plural}?limit=1`;
      const response = await transport.send({ call, method: "GET", path, judged: [404] }, signal);
      if (response.status === 404) return false;
      if (response.status < 300) return true;
      throw errorOf(call, response);
    },
  };
}
