import { ClusterError } from "../../domain/cluster-error";
import type { Logger } from "../../domain/ports";
import { backoffMs } from "../../lib/backoff";
import type { Clock } from "../../lib/clock";
import { createClient, type ApiRequest } from "./client";
import type { Connection } from "./connection";
import { createDeadline, type Deadline } from "./deadline";
import { BodyTooLargeError, type RawResponse } from "./exchange";
import { createGate } from "./gate";
import { errorOf, parseResponse, type ApiResponse } from "./responses";
import { BACKOFF, retryDelay, type FailedAttempt } from "./retry";

export interface Transport {
  /** Rejects with `ClusterError`, or with the signal's reason when it aborts. */
  send(request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse>;
  /** Closes every socket; calls in flight fail without another attempt, and later ones at once. */
  close(): void;
}

/** One attempt of a call, as metrics count it. */
export interface ObservedAttempt {
  readonly method: ApiRequest["method"];
  readonly status?: number;
  readonly durationMs: number;
}

export interface TransportOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly userAgent: string;
  /** Called after every attempt of a call; without a status when there was no response. */
  readonly onAttempt?: (attempt: ObservedAttempt) => void;
  /** Numbers from 0 to below 1, for jitter. */
  readonly random?: () => number;
  readonly maxSockets?: number;
  /** Maximum duration of one call with all its retries, in milliseconds, from when a socket is free for it. */
  readonly deadlineMs?: number;
  /** Number of attempts after which one without a response is the last; by default only the deadline limits them. */
  readonly maxUnanswered?: number;
  /** Maximum idle time of a socket before the attempt counts as failed, in milliseconds. */
  readonly silenceMs?: number;
}

/** The framework's own clients use about 16 sockets in addition to these. */
const DEFAULTS = {
  maxSockets: 12,
  deadlineMs: 30_000,
  maxUnanswered: Infinity,
  silenceMs: 10_000,
  random: Math.random,
};

type AttemptResult =
  | { readonly response: RawResponse; readonly failure?: FailedAttempt }
  | { readonly response?: undefined; readonly failure: { kind: "broken"; code: string; error: unknown } };

/** Sends calls with a deadline, at most `maxSockets` at a time, and retries transient failures. */
export function createTransport(given: TransportOptions): Transport {
  const options = { ...DEFAULTS, ...given };
  const { connection, clock, log, random, deadlineMs, maxUnanswered } = options;
  const client = createClient(options);
  const gate = createGate(options.maxSockets);
  let closed = false;

  /** Undefined when another attempt would not help. */
  function delayAfter(request: ApiRequest, failure: FailedAttempt, attempt: number): number | undefined {
    if (failure.kind === "broken" && attempt >= maxUnanswered) return undefined;
    const status = failure.kind === "answer" ? failure.status : undefined;
    if (status === 409 && request.retryConflict) return backoffMs(attempt, BACKOFF, random);
    if (status === 401 && attempt === 1) {
      connection.credentials.forget();
      return 0;
    }
    return retryDelay(failure, { attempt, now: clock.now(), random });
  }

  async function attemptOnce(request: ApiRequest, deadline: Deadline): Promise<AttemptResult> {
    const leave = await gate.enter(deadline.signal);
    deadline.start();
    const since = clock.now();
    const over = (status?: number): void => {
      const measured = { method: request.method, durationMs: Math.max(0, clock.now() - since) };
      options.onAttempt?.(status === undefined ? measured : { ...measured, status });
    };
    try {
      const response = await client.send(request, deadline.signal);
      over(response.status);
      return judge(response);
    } catch (error) {
      over();
      if (deadline.signal.aborted) throw error;
      return broken(request.call, error);
    } finally {
      leave();
    }
  }

  async function sendUntilFinal(request: ApiRequest, deadline: Deadline): Promise<ApiResponse> {
    for (let count = 1; ; count += 1) {
      const attempt = await attemptOnce(request, deadline);
      const delay = attempt.failure && delayAfter(request, attempt.failure, count);
      if (delay === undefined || delay > deadline.remaining() || closed) return conclude(request, attempt);
      log.debug({ call: request.call, attempt: count, delayMs: Math.round(delay) }, "call is retried");
      await clock.sleep(delay, deadline.signal);
    }
  }

  return {
    send: async (request, signal) => {
      if (closed) throw new ClusterError(request.call, 0, "Closed", "the client was closed");
      const deadline = createDeadline(request.call, clock, { ms: deadlineMs, signal });
      try {
        return await sendUntilFinal(request, deadline);
      } finally {
        deadline.cancel();
      }
    },
    close: () => {
      closed = true;
      client.close();
    },
  };
}

function judge(response: RawResponse): AttemptResult {
  if (isSuccess(response.status)) return { response };
  const { status, retryAfter } = response;
  return { response, failure: { kind: "answer", status, ...(retryAfter ? { retryAfter } : {}) } };
}

function broken(call: string, error: unknown): AttemptResult {
  if (error instanceof BodyTooLargeError) {
    throw new ClusterError(call, 0, "TooLarge", error.message);
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "Unknown";
  return { failure: { kind: "broken", code, error } };
}

function conclude(request: ApiRequest, attempt: AttemptResult): ApiResponse {
  if (!attempt.response) {
    const { code, error } = attempt.failure;
    const failure = new ClusterError(request.call, 0, code, `no answer from the API server (${code})`);
    failure.cause = error;
    throw failure;
  }
  const response = parseResponse(attempt.response);
  if (isSuccess(response.status) || request.judged?.includes(response.status)) return response;
  throw errorOf(request.call, response);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}
