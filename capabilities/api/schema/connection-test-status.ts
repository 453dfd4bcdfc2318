import {
  CAUSES,
  LIMITATION_EFFECTS,
  LIMITATION_IDS,
  MAX_LIMITATIONS,
  MAX_PROBED_SECRETS,
  MAX_UNPROVEN,
  NEEDS,
  PHASE_RESULTS,
  PHASES,
  SINK_KINDS,
  UNPROVEN_KINDS,
} from "../vocabulary";
import { conditions } from "./condition";
import type { JsonSchema } from "./json-schema";

export const probedSecret: JsonSchema = {
  type: "object",
  description: "A Secret that was read for the probe.",
  required: ["namespace", "name", "resourceVersion"],
  properties: {
    namespace: { type: "string", description: "Namespace of the Secret." },
    name: { type: "string", description: "Name of the Secret." },
    resourceVersion: { type: "string", description: "Version of the Secret that was read." },
  },
};

export const probedSink: JsonSchema = {
  type: "object",
  description: "The sink that was probed, in its state at that time.",
  properties: {
    kind: { type: "string", description: "Kind of the sink.", enum: SINK_KINDS },
    name: { type: "string", description: "Name of the sink." },
    uid: { type: "string", description: "UID of the sink." },
    generation: {
      type: "integer",
      description: "Generation of the sink that was probed.",
      format: "int64",
      minimum: 0,
    },
    type: { type: "string", description: "Backend of the sink." },
    secrets: {
      type: "array",
      description: "The Secrets that were read for the probe, and their versions; never a value.",
      items: probedSecret,
      maxItems: MAX_PROBED_SECRETS,
      "x-kubernetes-list-type": "atomic",
    },
  },
};

export const probePhase: JsonSchema = {
  type: "object",
  description: "One phase of the probe.",
  required: ["name", "result"],
  properties: {
    name: { type: "string", description: "Name of the phase.", enum: PHASES },
    result: { type: "string", description: "How the phase ended.", enum: PHASE_RESULTS },
    latencyMs: {
      type: "integer",
      description: "Time that the phase took, in milliseconds.",
      format: "int64",
      minimum: 0,
    },
    why: { type: "string", description: "Why the phase was skipped." },
  },
};

export const probeTls: JsonSchema = {
  type: "object",
  description: "TLS of the connection to the backend; absent without TLS.",
  properties: {
    version: { type: "string", description: "Protocol version." },
    issuer: { type: "string", description: "Issuer of the backend's certificate." },
    notAfter: {
      type: "string",
      description: "When the backend's certificate expires.",
      format: "date-time",
    },
  },
};

export const unprovenNeed: JsonSchema = {
  type: "object",
  description: "A need of the exporter that this probe could neither prove nor refute.",
  required: ["need", "kind", "why"],
  properties: {
    need: { type: "string", description: "What is needed, as the backend calls it.", enum: NEEDS },
    kind: {
      type: "string",
      description:
        "NotAnswered: the backend did not answer the question. OnlyAWriteTells: only a write could answer it.",
      enum: UNPROVEN_KINDS,
    },
    why: { type: "string", description: "Why it is unproven, as a sentence.", maxLength: 512 },
  },
};

export const exporterLimitation: JsonSchema = {
  type: "object",
  description: "A deviation of the configured version of Kollect's exporter that affects this sink.",
  required: ["id", "effect", "message"],
  properties: {
    id: { type: "string", description: "Name of the limitation.", enum: LIMITATION_IDS },
    effect: {
      type: "string",
      description:
        "fails: exports fail. overwrites: exports change existing data or settings. ignored: a setting has no effect.",
      enum: LIMITATION_EFFECTS,
    },
    message: { type: "string", description: "Version, effect and workaround.", maxLength: 1024 },
  },
};

export const probeDetails: JsonSchema = {
  type: "object",
  description: "Result of the last probe.",
  properties: {
    endpoint: {
      type: "string",
      description:
        "What was dialled, as host:port, host/bucket or host:port/repository; never with credentials.",
    },
    cause: {
      type: "string",
      description: "Why the probe failed; absent when it succeeded.",
      enum: CAUSES,
    },
    serverVersion: { type: "string", description: "Version that the backend reported." },
    tls: probeTls,
    phases: {
      type: "array",
      description: "The phases that applied, in their order.",
      items: probePhase,
      "x-kubernetes-list-type": "atomic",
    },
    unproven: {
      type: "array",
      description:
        "What the exporter needs and this probe could not prove; absent when everything was proven.",
      items: unprovenNeed,
      maxItems: MAX_UNPROVEN,
      "x-kubernetes-list-type": "atomic",
    },
    unprovenCount: {
      type: "integer",
      description: "How many needs are unproven.",
      format: "int32",
      minimum: 0,
    },
    limitations: {
      type: "array",
      description: "Limitations of the configured version of Kollect's exporter that apply to this sink.",
      items: exporterLimitation,
      maxItems: MAX_LIMITATIONS,
      "x-kubernetes-list-type": "atomic",
    },
  },
};

const pending = {
  status: "Unknown",
  reason: "Pending",
  message: "Waiting for the operator.",
  lastTransitionTime: "1970-01-01T00:00:00Z",
} as const;

export const connectionTestStatus: JsonSchema = {
  type: "object",
  description: "Verdict of the test and the run that led to it.",
  // Without conditions an object counts as ready before the operator has observed it (kstatus). With the
  // default, no write is needed to show that a test waits.
  default: {
    observedGeneration: -1,
    conditions: [
      { type: "ConnectionVerified", ...pending },
      { type: "Ready", ...pending },
      { type: "Finished", ...pending },
    ],
  },
  properties: {
    completed: { type: "boolean", description: "True once the probe has finished, either way." },
    completedAt: {
      type: "string",
      description: "When the probe finished; ttlSecondsAfterFinished counts from here.",
      format: "date-time",
    },
    latencyMs: {
      type: "integer",
      description:
        "Duration of the last attempt from Resolve to Authorize, in milliseconds, without waiting.",
      format: "int64",
      minimum: 0,
    },
    observedGeneration: {
      type: "integer",
      description: "Generation of the last final verdict; -1 before the first.",
      format: "int64",
      minimum: -1,
    },
    conditions,
    sink: probedSink,
    requestedBy: {
      type: "string",
      description:
        "The user who created the test or last changed its spec; empty where admission does not apply.",
    },
    startedAt: { type: "string", description: "When the last run began.", format: "date-time" },
    attempts: {
      type: "integer",
      description: "Attempts of the last run.",
      format: "int32",
      minimum: 0,
    },
    probeId: {
      type: "string",
      description: "Identifies the probe; the same for all tests that shared it.",
    },
    sharedBy: {
      type: "integer",
      description: "How many tests shared the probe, including this one.",
      format: "int32",
      minimum: 0,
    },
    interruptions: {
      type: "integer",
      description: "How often the operator ended while it probed this generation; absent when it did not.",
      format: "int32",
      minimum: 0,
    },
    probe: probeDetails,
  },
  // The operator alone writes it, as a whole. Without this, the API server tracks the owner of every field, which takes
  // a sixth of its processor time for a test.
  "x-kubernetes-map-type": "atomic",
};
