import type { JsonSchema } from "./json-schema";

/** A metav1.Condition with its bounds, as `k8s.io/apimachinery` declares them. */
export const condition: JsonSchema = {
  type: "object",
  description: "One aspect of the object's state, as a standard Kubernetes condition.",
  required: ["type", "status", "lastTransitionTime", "reason", "message"],
  properties: {
    type: { type: "string", description: "Name of the condition.", maxLength: 316 },
    status: {
      type: "string",
      description: "Whether the condition holds.",
      enum: ["True", "False", "Unknown"],
    },
    reason: {
      type: "string",
      description: "Why, as one CamelCase word for programs.",
      minLength: 1,
      maxLength: 1024,
    },
    message: { type: "string", description: "Why, as a sentence for people.", maxLength: 32768 },
    lastTransitionTime: {
      type: "string",
      description: "When status last changed from one value to another.",
      format: "date-time",
    },
    observedGeneration: {
      type: "integer",
      description: "metadata.generation that this condition refers to.",
      format: "int64",
      minimum: 0,
    },
  },
};

export const conditions: JsonSchema = {
  type: "array",
  description: "Conditions of the object, at most one of each type.",
  items: condition,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
};
