import { lookup } from "node:dns/promises";
import { Log, metricsCollector } from "pepr";
import pkg from "../package.json";
import { KIND_DEFINITIONS } from "./api/schema";
import type { Config } from "./config/options";
import type { CloudEnvironment } from "./config/cloud-environment";
import { TEST_PLURAL } from "./api/vocabulary";
import { crdOf } from "./api/crd";
import { OWNER_DEADLINE_MS, type AdmissionDependencies } from "./admission";
import type { Sink } from "./api/types";
import type { ApiServerAddress, Cluster } from "./domain/ports";
import { checkKinds } from "./health/kinds-check";
import { connectCluster } from "./kube/connect";
import type { Crds } from "./kube/crds";
import { Metrics } from "./records/metrics";
import { createOperator, type Operator } from "./operator";
import { systemClock } from "./lib/clock";
import { Turns } from "./lib/turns";
import { JoinedReads } from "./lib/joined-reads";
import { Watchdog, type Check } from "./health/watchdog";
import type { WatchStates } from "./health/watch-states";
import { createAddressPolicy } from "./probes/net/address-policy";
import type { DerivationTurn } from "./probes/net/key-derivation";
import { KnownAddresses } from "./probes/net/names/known-addresses";
import { systemResolver } from "./probes/net/names/system-resolver";
import { probeFor } from "./probes/registry";
import { runProbe } from "./probes/runner";

/** The services that the handlers call. The first handler creates them, because the build imports this module too. */
export interface Services {
  readonly operator: Operator;
  readonly admission: AdmissionDependencies;
  /** Faults that will not recover by themselves. */
  readonly faults: () => readonly string[];
}

export interface ServiceOptions {
  readonly config: Config;
  /** The pod's own cloud identity, for sinks that name no Secret. */
  readonly cloud: CloudEnvironment;
  /** Name of this process in Events: the pod's name in a cluster. */
  readonly instance: string;
  readonly admits: (namespace: string) => boolean;
  /** State of this process's watches; absent when it has none, and so does not need the kinds. */
  readonly watches: WatchStates | undefined;
}

/** Limits of parallel key derivations with many rounds. Each takes about half a second of processor time at most. */
const DERIVATIONS = { total: 4, perKey: 2 };

/** Connects all parts: one API client and one scheduler for the life of the process. */
export async function createServices({
  config,
  cloud,
  instance,
  admits,
  watches,
}: ServiceOptions): Promise<Services> {
  const clock = systemClock();
  const log = Log.child({ component: "connection-test" }, { level: config.logLevel });
  const metrics = new Metrics({ sinks: config.sinkMetrics });
  const connected = await connectCluster({
    clock,
    log,
    version: pkg.version,
    instance,
    localAccessReviews: config.watchNamespaces.length > 0,
    onAttempt: (attempt) => metrics.request(attempt),
  });
  const { cluster, apiServers } = connected;
  // Steps that may fail come first: after a failure all of this is repeated.
  const ownServer = await addressesOf(connected.server);
  const policy = createAddressPolicy({
    allow: config.allowCidrs,
    deny: config.denyCidrs,
    apiServers: () => [...ownServer, ...apiServers.listeners],
  });
  if (watches) {
    // Not awaited: health is served even while no API server responds.
    void apiServers.keep();
    const definitions = config.installCrds ? KIND_DEFINITIONS.map(crdOf) : [];
    void checkKinds({ crds: connected.crds, clock, log, definitions });
  }
  const addresses = new KnownAddresses();
  const resolveHost = addresses.rememberedFrom(systemResolver());
  const derivations = new Turns(DERIVATIONS);
  const operator = createOperator({
    config,
    cloud,
    cluster,
    clock,
    log,
    auditLog: Log.child({}, { level: "info" }),
    metrics,
    probeFor,
    attempt: (probe, plan, { namespace, ...options }) => {
      const takeTurn: DerivationTurn = (signal) => derivations.take(namespace, signal);
      const shared = { addressPolicy: policy, clock, resolveHost, takeTurn, logger: log };
      return runProbe(probe, plan, { ...options, ...shared });
    },
    dialled: (endpoint) => addresses.dialled(endpoint),
    admits,
  });
  const watchdog = new Watchdog({
    clock,
    log,
    checks: watches ? [...operator.checks, ...watchChecks(watches, connected.crds, operator)] : [],
    toleranceMs: config.stuckAfterSeconds * 1000,
  });
  if (watches) void watchdog.run();
  describeProcess(metrics, watchdog, config);
  const { maxTimeoutSeconds, requireSinkAccess } = config;
  return {
    operator,
    admission: { cluster: joinedSinks(cluster), log, maxTimeoutSeconds, requireSinkAccess },
    faults: () => watchdog.faults,
  };
}

/** Sets the metrics about the process: whether it is live, and its build. */
function describeProcess(metrics: Metrics, watchdog: Watchdog, { exporterVersion }: Config): void {
  metrics.appendTo(metricsCollector);
  metrics.observeHealth(() => watchdog.faults.length === 0);
  metrics.build({
    version: pkg.version,
    exporter_version: exporterVersion,
    node_version: process.version,
  });
}

/** Joins reads of sinks, so that hundreds of tests of one sink created at once need only a few reads. */
function joinedSinks(cluster: Cluster): AdmissionDependencies["cluster"] {
  const reads = new JoinedReads<Sink | undefined>();
  return {
    mayGetSink: (request, signal) => cluster.mayGetSink(request, signal),
    getSink: (kind, namespace, name, signal) =>
      reads.read(
        `${kind}/${namespace}/${name}`,
        () => cluster.getSink(kind, namespace, name, AbortSignal.timeout(OWNER_DEADLINE_MS)),
        signal,
      ),
  };
}

/**
 * A disconnected watch is not a fault while the API server is unavailable too or does not serve the kind, because a
 * restart would not help.
 */
function watchChecks(watches: WatchStates, crds: Crds, operator: Operator): Check[] {
  const away = (plural: string): Check => {
    return async () => {
      if (watches.isOpen(plural) || !(await crds.isServed(plural)) || watches.isOpen(plural))
        return undefined;
      return `The watch of ${plural} is not connected, although the API server lists them.`;
    };
  };
  const endless = (plural: string): Check => {
    return async (elapsedMs) => {
      if (watches.overdueLists(plural, elapsedMs) === 0 || !(await crds.isServed(plural))) return undefined;
      return `A list of ${plural} does not end, although the API server responds to other requests.`;
    };
  };
  const { echoCheck } = operator;
  return [
    ...watches.plurals.map(away),
    ...watches.plurals.map(endless),
    (elapsedMs) => (watches.isOpen(TEST_PLURAL) ? echoCheck(elapsedMs) : undefined),
  ];
}

/** The API server's own addresses, which no probe may dial; resolved in the same way as by the client. */
async function addressesOf(server: URL): Promise<ApiServerAddress[]> {
  const port = Number(server.port || 443);
  const addresses = await lookup(server.hostname.replace(/^\[|\]$/g, ""), { all: true });
  return addresses.map(({ address }) => ({ address, port }));
}
