import { DEFAULT_EXPORTER, EXPORTER_VERSIONS } from "../domain/exporter/settings";
import { cloudEnvironment, type CloudEnvironment } from "./cloud-environment";
import { editDistance } from "./edit-distance";
import {
  boolean,
  cidr,
  decimal,
  integer,
  listOf,
  namespaceName,
  oneOf,
  sharedSecret,
  type ValueType,
} from "./values";

interface Option<T> {
  readonly env: string;
  readonly value: ValueType<T>;
  /** The value as written in the environment; empty for an empty list. */
  readonly default: string;
  readonly description: string;
}

const PREFIX = "KOLLECT_";

/** All settings; {@link Config}, the reading of the environment and the docs are derived from this table. */
const OPTIONS = {
  maxConcurrentProbes: option("MAX_CONCURRENT_PROBES", integer(1, 10_000), "128", "Probes at the same time."),
  maxProbesPerEndpoint: option(
    "MAX_PROBES_PER_ENDPOINT",
    integer(1, 10_000),
    "5",
    "Probes of one backend endpoint at the same time, whichever sinks name it; one namespace gets at most all but one, " +
      "and probes that have taken longer than half a second count only for their own namespace.",
  ),
  maxProbesPerSink: option(
    "MAX_PROBES_PER_SINK",
    integer(1, 10_000),
    "2",
    "Probes of one sink at the same time for tests with the same `timeoutSeconds` and `retryLimit`; a second one starts only while the first is slow.",
  ),
  maxProbesPerNamespace: option(
    "MAX_PROBES_PER_NAMESPACE",
    integer(1, 10_000),
    "32",
    "Probes for one namespace at the same time, so that no namespace can keep the others waiting.",
  ),
  maxSlowProbes: option(
    "MAX_SLOW_PROBES",
    integer(1, 10_000),
    "512",
    "Further probes at the same time that have taken longer than half a second, so that backends that do not respond " +
      "do not delay the others.",
  ),
  maxSlowProbesPerNamespace: option(
    "MAX_SLOW_PROBES_PER_NAMESPACE",
    integer(1, 10_000),
    "256",
    "The same for one namespace.",
  ),
  maxTimeoutSeconds: option(
    "MAX_TIMEOUT_SECONDS",
    integer(1, 300),
    "300",
    "Longest deadline of one attempt; a test's longer `timeoutSeconds` is reduced to it.",
  ),
  graceSeconds: option(
    "GRACE_SECONDS",
    integer(0, 3_600),
    "10",
    "How long a missing sink, Secret or key may take to appear before the test fails; 0 turns grace off.",
  ),
  sharedSecrets: option(
    "SHARED_SECRETS",
    listOf(sharedSecret),
    "",
    "Secrets of other namespaces that sinks may use; all others are refused without being read.",
  ),
  allowCidrs: option(
    "ALLOW_CIDRS",
    listOf(cidr),
    "",
    "Addresses that may be dialled although they are refused by default, such as loopback or link-local ones.",
  ),
  denyCidrs: option(
    "DENY_CIDRS",
    listOf(cidr),
    "",
    "Addresses that are never dialled; wins over `KOLLECT_ALLOW_CIDRS`.",
  ),
  allowAmbientCredentials: option(
    "ALLOW_AMBIENT_CREDENTIALS",
    boolean,
    "false",
    "Whether a sink without a Secret may be probed with the operator pod's own cloud identity.",
  ),
  requireSinkAccess: option(
    "REQUIRE_SINK_ACCESS",
    boolean,
    "false",
    "Whether a user who creates a test or changes its spec must be allowed to `get` the sink.",
  ),
  sinkTriggers: option(
    "SINK_TRIGGERS",
    boolean,
    "false",
    "Whether `spec.connectionTest` and the annotation `kollect.dev/test-connection` of a sink start probes.",
  ),
  sinkTriggerMinIntervalSeconds: option(
    "SINK_TRIGGER_MIN_INTERVAL_SECONDS",
    integer(1, 86_400),
    "60",
    "Minimum time between two probes that the annotation starts on one sink.",
  ),
  watchNamespaces: option(
    "WATCH_NAMESPACES",
    listOf(namespaceName),
    "",
    "Namespaces whose tests are served; all of them when empty.",
  ),
  events: option("EVENTS", boolean, "true", "Whether verdicts are also recorded as Events."),
  eventRatePerSecond: option(
    "EVENT_RATE_PER_SECOND",
    decimal(0.1, 1_000),
    "20",
    "Average number of Events written per second; the others wait, and never delay a verdict. During a burst of " +
      "verdicts one is written per second, until half of the queue is full.",
  ),
  eventQueueSize: option(
    "EVENT_QUEUE_SIZE",
    integer(1, 1_000_000),
    "10000",
    "Maximum number of Events that wait; further ones are dropped and counted.",
  ),
  stuckAfterSeconds: option(
    "STUCK_AFTER_SECONDS",
    integer(10, 3_600),
    "60",
    "How long a watch may be disconnected from an available API server, or a part of the scheduler make no progress, " +
      "before the process reports that it is no longer live.",
  ),
  logLevel: option(
    "LOG_LEVEL",
    oneOf("debug", "info", "warn", "error"),
    "info",
    "Lowest level that is logged.",
  ),
  exporterVersion: option(
    "EXPORTER_VERSION",
    oneOf(...EXPORTER_VERSIONS),
    DEFAULT_EXPORTER.version,
    "Version of Kollect whose exporter verdicts predict; `none` reports no [limitations](limitations.md).",
  ),
  exporterStrict: option(
    "EXPORTER_STRICT",
    boolean,
    "false",
    "Whether a sink is probed as that version reads it, so that `True` means that its exports work.",
  ),
  exporterPrivateSinks: option(
    "EXPORTER_PRIVATE_SINKS",
    oneOf("allowed", "refused"),
    DEFAULT_EXPORTER.privateSinks,
    "Whether Kollect's manager accepts private addresses (its flag `--allow-private-sinks`).",
  ),
  s3WriteCheck: option(
    "S3_WRITE_CHECK",
    boolean,
    "true",
    "Whether the right to write to S3 is checked with a PutObject that the server must refuse.",
  ),
  sinkMetrics: option(
    "SINK_METRICS",
    boolean,
    "false",
    "Whether metrics name sinks and their namespaces, for at most 1,000 sinks: see [metrics](#health-and-metrics).",
  ),
  installCrds: option(
    "INSTALL_CRDS",
    boolean,
    "true",
    "Whether the operator applies its CustomResourceDefinitions when it starts; another installer's are left unchanged.",
  ),
} as const;

type Options = typeof OPTIONS;

/** The settings, read once at startup. */
export type Config = {
  readonly [Key in keyof Options]: Options[Key] extends Option<infer Value> ? Value : never;
};

/** One row of the reference table. */
export interface ConfigOption {
  readonly key: keyof Config;
  readonly env: string;
  /** Format of a value, in Markdown. */
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

/** Every option, in the order of the reference table. */
export const CONFIG_OPTIONS: readonly ConfigOption[] = entries().map(([key, { env, value, ...rest }]) => ({
  key,
  env,
  type: value.description,
  default: rest.default,
  description: rest.description,
}));

export interface LoadedConfig {
  /** Complete even when there are faults: a value that could not be read has its default. */
  readonly config: Config;
  /** One line each, beginning with the variable. The operator must not start with any. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** The pod's own cloud identity, empty unless `allowAmbientCredentials`. */
  readonly cloud: CloudEnvironment;
}

/** Reads `KOLLECT_…` from an environment. An empty variable counts as unset, as charts write them. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const faults: string[] = [];
  const values = entries().map(([key, definition]) => {
    const text = env[definition.env]?.trim() ?? "";
    try {
      return [key, definition.value.parse(text || definition.default)];
    } catch (error) {
      faults.push(`${definition.env}: ${error instanceof Error ? error.message : String(error)}.`);
      return [key, definition.value.parse(definition.default)];
    }
  });
  const config = Object.fromEntries(values) as Config;
  const cloud = cloudEnvironment(env, config.allowAmbientCredentials);
  const warnings = [...unknownVariables(env), ...uselessLimits(config), ...emulatorWarning(cloud)];
  return { config, faults, warnings, cloud };
}

function option<T>(name: string, value: ValueType<T>, fallback: string, description: string): Option<T> {
  return { env: PREFIX + name, value, default: fallback, description };
}

function entries(): [keyof Config, Option<unknown>][] {
  return Object.entries(OPTIONS) as [keyof Config, Option<unknown>][];
}

/** Variables that the kubelet sets for a Service whose name begins with "kollect-". */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = CONFIG_OPTIONS.map((row) => row.env);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !SERVICE_LINK.test(name))
    .sort()
    .map((name) => {
      const meant = known.find((candidate) => editDistance(name, candidate) <= 3);
      return `${name} is not a setting and is ignored.${meant ? ` Did you mean ${meant}?` : ""}`;
    });
}

function uselessLimits(config: Config): string[] {
  const parts = ["maxProbesPerEndpoint", "maxProbesPerSink", "maxProbesPerNamespace"] as const;
  return parts
    .filter((key) => config[key] > config.maxConcurrentProbes)
    .map((key) => `${OPTIONS[key].env} is above ${OPTIONS.maxConcurrentProbes.env}, so it has no effect.`);
}

function emulatorWarning({ bigqueryEmulatorHost }: CloudEnvironment): string[] {
  if (bigqueryEmulatorHost === undefined) return [];
  return ["BIGQUERY_EMULATOR_HOST is set: BigQuery sinks are probed there, without TLS and credentials."];
}
