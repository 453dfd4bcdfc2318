import { STORE_CRD } from "../config/identity";
import { annotated, KEEP, type KubeObject } from "./objects";

/**
 * The CustomResourceDefinition of Pepr's own store, which Pepr's entry point applies before it loads a module and
 * which is not in the output of `pepr build`. Its schema is the one in pepr/src/lib/assets/store.ts.
 */
export const PEPR_STORE_CRD: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: STORE_CRD },
  spec: {
    group: "pepr.dev",
    scope: "Namespaced",
    names: { plural: "peprstores", singular: "peprstore", kind: "PeprStore" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { data: { type: "object", additionalProperties: { type: "string" } } },
          },
        },
      },
    ],
  },
};

/** The same for an image that runs the module without that entry point. Other modules of Pepr share it. */
export function storeCrd(): KubeObject {
  return annotated(PEPR_STORE_CRD, KEEP);
}
