import {
  GROUP,
  SINK_FAMILIES,
  SINK_KINDS,
  TEST_KIND,
  TEST_PLURAL,
} from "../../../capabilities/api/vocabulary";
import type { Schema } from "../e2e/crds";
import type { KubeObject } from "../operator/objects";
import { contractSchema } from "./sink-schema";

const text: Schema = { type: "string" };

/** A condition as every Kubernetes kind has it. */
const CONDITION: Schema = {
  type: "object",
  required: ["type", "status", "reason", "message", "lastTransitionTime"],
  properties: {
    type: text,
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    reason: text,
    message: text,
    lastTransitionTime: { type: "string", format: "date-time" },
    observedGeneration: { type: "integer", format: "int64" },
  },
};

/** One that takes no further conditions than the page's. */
export const STRICT_CONDITION: Schema = {
  ...CONDITION,
  properties: { ...CONDITION.properties, type: { type: "string", enum: ["ConnectionVerified", "Ready"] } },
};

/** Schema of KollectConnectionTest with the page's fields and no more: no default, and none of our additions. */
export function pageSchema(condition: Schema = CONDITION): Schema {
  return rootSchema({
    spec: object({
      sinkRef: object({ snapshotSinkRef: text, databaseSinkRef: text, eventSinkRef: text }),
      profileRef: text,
      ownerSink: { type: "boolean" },
      ttlSecondsAfterFinished: { type: "integer", format: "int32" },
    }),
    status: object({
      completed: { type: "boolean" },
      completedAt: { type: "string", format: "date-time" },
      latencyMs: { type: "integer", format: "int64" },
      observedGeneration: { type: "integer", format: "int64", minimum: 0 },
      conditions: { type: "array", items: condition },
    }),
  });
}

/** The four kinds as the Kollect operator's own installation brings them, by its documented fields. */
export function kollectCrds(): KubeObject[] {
  const sinks = SINK_KINDS.map((kind) =>
    crd(kind, SINK_FAMILIES[kind].plural, rootSchema(contractSchema(kind))),
  );
  return [crd(TEST_KIND, TEST_PLURAL, pageSchema()), ...sinks];
}

function crd(kind: string, plural: string, schema: Schema): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

function rootSchema(parts: { readonly spec: Schema; readonly status: Schema }): Schema {
  return object({ apiVersion: text, kind: text, metadata: { type: "object" }, ...parts });
}

function object(properties: Record<string, Schema>): Schema {
  return { type: "object", properties };
}
