import { isIP } from "node:net";
import { ClusterError } from "../domain/cluster-error";
import type { ApiServerAddress, Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { errorOf } from "./http/responses";
import type { Transport } from "./http/transport";

export interface ApiServersDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pause between refreshes: upgrades of the control plane replace API servers. */
const REFRESH_MS = 5 * 60_000;
const RETRY_MS = 10_000;

/**
 * A call that every user may make (ClusterRole `system:discovery`). An API server returns the address and port that it
 * also publishes in the EndpointSlice of Service `kubernetes`, which the operator has no right to read.
 */
const CALL = "get /api";

/** Each API server returns only its own address. Parallel requests use separate sockets, which a Service spreads. */
const AT_ONCE = 6;

/** Maximum number of addresses, far above a cluster's few API servers; beyond it the oldest are dropped. */
const MAX_LISTENERS = 64;

/** Addresses of the API servers behind Service `kubernetes`, which probes may not dial either. */
export class ApiServers {
  readonly #listeners = new Map<string, ApiServerAddress>();

  constructor(private readonly dependencies: ApiServersDependencies) {}

  /** The addresses known so far. */
  get listeners(): readonly ApiServerAddress[] {
    return [...this.#listeners.values()];
  }

  /** Requests them once, and returns whether that succeeded; a failure is logged. Rejects with the signal's reason. */
  async refresh(signal?: AbortSignal): Promise<boolean> {
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#ask(signal)));
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      this.dependencies.log.warn(
        { error: String(error) },
        "the addresses of the API servers are not known; list them in KOLLECT_DENY_CIDRS",
      );
      return false;
    }
  }

  /** Refreshes at once and then every five minutes, until the signal aborts; rejects with its reason. */
  async keep(signal?: AbortSignal): Promise<never> {
    for (;;) {
      const hasAnswered = await this.refresh(signal);
      await this.dependencies.clock.sleep(hasAnswered ? REFRESH_MS : RETRY_MS, signal);
    }
  }

  async #ask(signal?: AbortSignal): Promise<void> {
    const response = await this.dependencies.transport.send(
      { call: CALL, method: "GET", path: "/api" },
      signal,
    );
    if (response.status >= 300) throw errorOf(CALL, response);
    for (const listener of listenersOf(response.body)) {
      this.#listeners.set(`${listener.address} ${listener.port}`, listener);
    }
    for (const oldest of [...this.#listeners.keys()].slice(0, -MAX_LISTENERS)) this.#listeners.delete(oldest);
  }
}

/** `serverAddress` of an APIVersions object is `192.0.2.10:6443` or `[2001:db8::10]:6443`. */
function listenersOf(body: unknown): ApiServerAddress[] {
  const { serverAddressByClientCIDRs: servers } = (body ?? {}) as {
    serverAddressByClientCIDRs?: readonly { serverAddress?: string }[] | null;
  };
  return (servers ?? []).slice(0, MAX_LISTENERS).flatMap(({ serverAddress }) => {
    const url = `https://${serverAddress}`;
    if (!URL.canParse(url)) return [];
    const { hostname, port } = new URL(url);
    const address = hostname.replace(/^\[|\]$/g, "");
    return isIP(address) ? [{ address, port: Number(port || 443) }] : [];
  });
}
