import type { JsonSchema, KindDefinition } from "./schema";
import { GROUP, VERSION } from "./vocabulary";

/** A CustomResourceDefinition to write or send; only its name is typed. */
export interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly [member: string]: unknown;
}

/** Category of all four kinds: `kubectl get kollect` lists them together. */
export const CATEGORY = "kollect";

function rootSchema(definition: KindDefinition): JsonSchema {
  return {
    description: definition.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: `Version of the API: ${GROUP}/${VERSION}.` },
      kind: { type: "string", description: `Kind of the object: ${definition.kind}.` },
      metadata: { type: "object" },
      spec: definition.spec,
      status: definition.status,
    },
  };
}

/** The CustomResourceDefinition of a kind, as the API server accepts it. */
export function crdOf(definition: KindDefinition): CustomResourceDefinition {
  const { kind, plural, shortName, columns } = definition;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: [CATEGORY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  };
}
