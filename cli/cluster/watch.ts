import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { KollectConnectionTest } from "../../capabilities/api/types";
import { backoffMs } from "../../capabilities/lib/backoff";
import { systemClock } from "../../capabilities/lib/clock";
import { broken, CommandFailure } from "../command-failure";
import { testsPath, withQuery } from "./paths";
import { listTests } from "./requests";
import { USER_AGENT, type Session } from "./session";

export interface WatchOptions {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  readonly selector?: string | undefined;
}

/** Callbacks of a watch. */
export interface WatchEvents {
  /** Called with the state of a test, and whether it was deleted. */
  readonly change: (test: KollectConnectionTest, gone: boolean) => void;
  /** Called when a list was read: tests created from now on are observed. Called again after a watch broke. */
  readonly listed?: (() => void) | undefined;
}

/** How long one watch lasts before the API server ends it, in seconds, and a line of it at most, in bytes. */
const WATCH_SECONDS = 240;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** A connection without data for longer than the watch lasts is dead. */
const SILENCE_MS = (WATCH_SECONDS + 30) * 1000;
const BACKOFF = { baseMs: 200, maxMs: 5_000 };

/**
 * Reports the state of every selected test, then each change, until the signal aborts. A watch that breaks is restarted
 * after a new list. Rejects with `CommandFailure` when the first list is refused, or with the signal's reason.
 */
export async function watchTests(
  session: Session,
  options: WatchOptions,
  { change, listed }: WatchEvents,
  signal: AbortSignal,
): Promise<never> {
  const clock = systemClock();
  for (let failures = 0; ; ) {
    const { tests, version } = await listTests(session, options, signal);
    for (const test of tests) change(test, false);
    listed?.();
    const opened = clock.now();
    await follow(session, { ...options, version }, change, signal).catch((error: unknown) => {
      // A watch may break in any way, and a new list replaces it; only a refusal is final.
      if (error instanceof CommandFailure) throw error;
    });
    signal.throwIfAborted();
    failures = clock.now() - opened > BACKOFF.maxMs ? 0 : failures + 1;
    await clock.sleep(backoffMs(Math.max(1, failures), BACKOFF), signal);
  }
}

/** One watch from a version until it ends for any reason. */
async function follow(
  session: Session,
  options: WatchOptions & { readonly version: string },
  change: WatchEvents["change"],
  signal: AbortSignal,
): Promise<void> {
  const response = await open(session, options, signal);
  for await (const line of linesOf(response)) {
    const event = JSON.parse(line) as { readonly type: string; readonly object: KollectConnectionTest };
    if (event.type === "ERROR") return;
    if (event.type !== "BOOKMARK") change(event.object, event.type === "DELETED");
  }
}

async function open(
  { connection }: Session,
  { namespace, selector, version }: WatchOptions & { readonly version: string },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { server, tls, headers, credentials } = connection;
  const authorization = await credentials.authorization();
  const query = {
    watch: 1,
    labelSelector: selector,
    resourceVersion: version,
    timeoutSeconds: WATCH_SECONDS,
  };
  const path = `${server.pathname.replace(/\/$/, "")}${withQuery(testsPath(namespace), query)}`;
  const isSecure = server.protocol === "https:";
  const options = {
    host: server.hostname.replace(/^\[|\]$/g, ""),
    port: server.port || (isSecure ? 443 : 80),
    path,
    headers: {
      accept: "application/json",
      "user-agent": USER_AGENT,
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
    },
    timeout: SILENCE_MS,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = isSecure ? httpsRequest({ ...tls, ...options }) : httpRequest(options);
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("the watch is silent")));
    request.on("response", (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(refusal(response.statusCode));
    });
    request.end();
  });
}

function refusal(status: number | undefined): Error {
  if (status === 403)
    return broken("you may not watch connection tests: ask for that right, or use --wait=false");
  return new Error(`the watch was answered with ${status}`);
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.subarray(0, end).toString("utf8");
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE_BYTES) throw new Error("a line of the watch is too long");
  }
}
