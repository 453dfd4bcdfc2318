import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { LOOPBACK, type Probe } from "./pod";

/** What one kind of probe does for a container. */
export interface Probing {
  readonly probe: Probe;
  /** The port of loopback that stands for a port of the container; undefined while nothing listens. */
  port(containerPort: number | string): number | undefined;
  /** Delays and periods are divided by this. */
  readonly pace: number;
  /** Called when enough probes in a row have had another result than before. */
  report(success: boolean): void;
}

/** Probes until the signal, as the API describes it but for the pace. */
export async function keepProbing(probing: Probing, signal: AbortSignal): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10 } = probing.probe;
  const weigh = thresholds(probing);
  await pause((initialDelaySeconds * 1000) / probing.pace, signal);
  while (!signal.aborted) {
    const success = await answers(probing, signal);
    if (!signal.aborted) weigh(success);
    await pause((periodSeconds * 1000) / probing.pace, signal);
  }
}

/** Reports a result when it has come often enough in a row, and is not what was reported before. */
function thresholds({ probe, report }: Probing): (success: boolean) => void {
  const { failureThreshold = 3, successThreshold = 1 } = probe;
  let last: boolean | undefined;
  let reported: boolean | undefined;
  let streak = 0;
  return (success) => {
    streak = success === last ? streak + 1 : 1;
    last = success;
    if (success === reported || streak < (success ? successThreshold : failureThreshold)) return;
    reported = success;
    report(success);
  };
}

async function answers({ probe, port }: Probing, signal: AbortSignal): Promise<boolean> {
  const { httpGet, timeoutSeconds = 1 } = probe;
  if (httpGet?.scheme !== "HTTPS")
    throw new Error("the stand-in for the kubelet only knows probes over HTTPS");
  const at = port(httpGet.port);
  if (at === undefined) return false;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  return new Promise((resolve) => {
    const options = {
      host: LOOPBACK,
      port: at,
      path: httpGet.path ?? "/",
      // A kubelet verifies no certificate of what it probes.
      rejectUnauthorized: false,
      agent: false,
      signal: deadline,
    };
    const call = request(options, (response) => {
      response.resume();
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
    });
    // Being refused, reset or late is what a probe is there to find out.
    call.on("error", () => resolve(false));
    call.end();
  });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined); // the signal ends the wait
}
