import { hostname } from "node:os";
import { Log, PeprModule } from "pepr";
import { PLURALS } from "./capabilities/api/vocabulary";
import { loadConfig } from "./capabilities/config/options";
import { connectionTestCapability } from "./capabilities/connection-test";
import { answerHealth } from "./capabilities/framework/health-endpoints";
import { endOnCrash } from "./capabilities/health/crash";
import { systemClock } from "./capabilities/lib/clock";
import { WatchStates } from "./capabilities/health/watch-states";
import { createServices, type Services } from "./capabilities/services";
import { serveRenewedCertificate } from "./capabilities/framework/serving-certificate";
import { servedNamespaces } from "./capabilities/served-namespaces";
import { sinksCapability } from "./capabilities/sinks";
import { startSoon } from "./capabilities/framework/start-delay";
import { followRequests } from "./capabilities/framework/followed-requests";
import { listInPages } from "./capabilities/framework/list-pages";
import { observeWatches } from "./capabilities/framework/watch-observer";
import { leaveListsUnread } from "./capabilities/framework/unread-lists";
import { take } from "./capabilities/framework/hand-over";
import { keepWebhookConnections } from "./capabilities/framework/keep-alive";
import pkg from "./package.json";

let started: Services | undefined;
// First of all: even a fault in the settings must not reveal a secret. The build has none.
if (process.env.PEPR_MODE !== "build") endOnCrash(process, systemClock(), () => started?.operator.stop());

const { config, cloud, faults, warnings } = loadConfig(process.env);
for (const warning of warnings) Log.warn(warning);
for (const fault of faults) Log.error(fault);
if (faults.length > 0) process.exit(1);
// The framework's own lines at info contain the secret path of the webhooks, several per request.
Log.level = config.logLevel === "debug" ? "debug" : "warn";

/** Namespaces where the module's webhooks do not apply, by the framework's rules and the module's own. */
const skipped = new Set(["kube-system", "pepr-system", ...pkg.pepr.alwaysIgnore.namespaces]);

/** Whether this process runs watches: the framework separates admission and watches, except in development. */
const following = process.env.PEPR_WATCH_MODE === "true" || process.env.PEPR_MODE === "dev";
const watches = following ? new WatchStates(PLURALS) : undefined;
if (watches) followRequests(PLURALS, [listInPages(), observeWatches(watches)]);
leaveListsUnread();

let services: Promise<Services> | undefined;
/** One set of services for the process. The build imports this module too, and must do nothing but import. */
function once(): Promise<Services> {
  const admits = (namespace: string): boolean => !skipped.has(namespace);
  services ??= createServices({ config, cloud, instance: hostname(), admits, watches }).then(
    (made) => (started = made),
    (error: unknown) => {
      // A failure here, such as a name that did not resolve, must not fail every later request too.
      services = undefined;
      throw error;
    },
  );
  return services;
}
// The watcher cannot wait for an event to start: without the operator's kinds there would never be one.
if (following) take(once, () => undefined);

// Before the framework's own listener, which ends the process.
if (following) process.once("SIGTERM", () => started?.operator.stop());
keepWebhookConnections();
serveRenewedCertificate({
  // The paths from which the framework reads them.
  files: {
    key: process.env.SSL_KEY_PATH || "/etc/certs/tls.key",
    certificate: process.env.SSL_CERT_PATH || "/etc/certs/tls.crt",
  },
  now: () => performance.now(),
  warn: (reason) => Log.warn(reason),
});
answerHealth({
  notReady: () => [
    ...(following && !started ? ["The operator is starting."] : []),
    ...(watches?.unsynced() ?? []).map((plural) => `The watch of ${plural} has not been synced yet.`),
  ],
  notLive: () => started?.faults() ?? [],
});
const served = servedNamespaces(config.watchNamespaces, process.env.PEPR_WATCH_MODE === "true");
const capabilities = [connectionTestCapability(once, served), sinksCapability(once, served)];
startSoon(() => new PeprModule(pkg, capabilities));
