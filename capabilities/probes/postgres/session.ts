import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { QueryResult } from "pg";
import { failed, FailureError } from "../../domain/failure";
import { hostPort } from "../messages";
import { whileWaiting } from "../net/abort";
import type { SecureOptions } from "../net/dialler";
import type { Where } from "../net/errors";
import { orDestroy } from "../net/sockets";
import type { ProbeContext } from "../probe";
import { authenticationGuard } from "./authentication";
import { ProbeClient } from "./client";
import type { SslMode } from "./dsn";
import type { DsnHost } from "./dsn-hosts";
import { postgresFailure, sqlState, type PostgresWhere } from "./errors";
import { noTls, offersTls } from "./negotiate";
import type { PostgresPlan } from "./plan";
import { notPostgres, PgStream } from "./stream";

/** An authenticated session. */
export interface Session {
  readonly where: PostgresWhere;
  /** Rows of the last statement as objects; rejects with the driver's error. */
  query(text: string, values?: readonly unknown[]): Promise<Array<Record<string, unknown>>>;
  /** Says goodbye and waits until the server has closed, so that no backend of it outlives the probe. */
  close(): Promise<void>;
}

type Encryption = "tls" | "plain";

/** Which encryption libpq tries, in order (PostgreSQL manual, "SSL Mode Descriptions"). */
const ATTEMPTS: Readonly<Record<SslMode, readonly Encryption[]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
};

/**
 * Connects to one host as sslmode says and authenticates. The second attempt of `allow` and `prefer` is
 * made only when the first was refused for its encryption; a refused password is not sent once more.
 * Rejects with `FailureError` or the signal's reason.
 */
export async function openSession(
  plan: PostgresPlan,
  host: DsnHost,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Session> {
  const [first, second] = ATTEMPTS[plan.tls.mode];
  const attempt = { plan, host, context, signal };
  try {
    return await connectWith(first ?? "tls", attempt);
  } catch (error) {
    if (!second || !isAboutEncryption(error)) throw error;
    return await connectWith(second, attempt).catch((again: unknown) => {
      throw again instanceof FailureError && again.failure.cause === "TLSFailed" ? error : again;
    });
  }
}

interface Attempt {
  readonly plan: PostgresPlan;
  readonly host: DsnHost;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

const NOT_ADMITTED = "28000";

function isAboutEncryption(error: unknown): boolean {
  if (sqlState(error) === NOT_ADMITTED) return true;
  return error instanceof FailureError && (error.failure.cause ?? "").startsWith("TLS");
}

async function connectWith(encryption: Encryption, attempt: Attempt): Promise<Session> {
  const { plan, host, context, signal } = attempt;
  const target = { host: host.address ?? host.host, port: host.port };
  const socket = await context.dialler.connect(target, signal);
  return orDestroy(socket, signal, async () => {
    const secured = encryption === "tls" ? await secure(socket, attempt) : undefined;
    if (!secured) notePlain(encryption, context);
    const where = { ...endpointOf(host), secured: secured !== undefined, plan };
    return authenticate(secured ?? socket, where, attempt);
  });
}

function notePlain(encryption: Encryption, { recorder }: ProbeContext): void {
  recorder.insecure("PlainText");
  recorder.skipped(
    "TLS",
    encryption === "tls" ? "the server does not offer TLS" : "sslmode does not ask for TLS",
  );
}

/** Undefined when the server does not offer TLS and sslmode does not insist. */
async function secure(
  socket: Socket,
  { plan, host, context, signal }: Attempt,
): Promise<TLSSocket | undefined> {
  const where = endpointOf(host);
  const { mode } = plan.tls;
  if (!plan.dsn.directTls && !(await context.recorder.phase("TLS", () => offersTls(socket, where, signal)))) {
    if (mode === "prefer") return undefined;
    return context.recorder.phase("TLS", () => Promise.reject(noTls(where.endpoint, mode)));
  }
  const secured = await context.dialler.secure(socket, secureOptions(plan, host), signal);
  if (plan.dsn.directTls && secured.alpnProtocol !== "postgresql") throw notPostgres(where.endpoint);
  return secured;
}

function secureOptions({ dsn, tls }: PostgresPlan, host: DsnHost): SecureOptions {
  const verifies = tls.mode === "verify-ca" || tls.mode === "verify-full";
  return {
    ...(tls.trust.ca !== undefined && !dsn.systemRoots ? { ca: tls.trust.ca } : {}),
    insecureSkipVerify: tls.trust.insecureSkipVerify || !verifies,
    servername: host.host,
    verifyName: tls.mode === "verify-full",
    sendName: dsn.sendServerName,
    ...(tls.clientCertificate ? { clientCertificate: tls.clientCertificate } : {}),
    ...(dsn.directTls ? { alpn: ["postgresql"] } : {}),
    ...(dsn.minTlsVersion ? { minVersion: dsn.minTlsVersion } : {}),
    ...(dsn.maxTlsVersion ? { maxVersion: dsn.maxTlsVersion } : {}),
  };
}

function authenticate(
  socket: Socket,
  where: PostgresWhere,
  { plan, context, signal }: Attempt,
): Promise<Session> {
  const { recorder } = context;
  return recorder.phase("Authenticate", async () => {
    const stream = new PgStream(socket, where.endpoint, authenticationGuard(where));
    const client = new ProbeClient(plan.dsn, where, stream);
    // After the session has begun, its errors reach the query that waits; the rest is teardown.
    client.on("error", () => undefined);
    noteVersion(client, context);
    try {
      await whileWaiting(signal, client.connect());
    } catch (error) {
      throw signal.aborted ? signal.reason : postgresFailure(error, where);
    }
    return sessionOf(client, socket, where, signal);
  });
}

/** The server names its version among the parameters of every session, so it costs no query. */
function noteVersion(client: ProbeClient, { recorder }: ProbeContext): void {
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.on("parameterStatus", (message: { parameterName: string; parameterValue: string }) => {
    if (message.parameterName === "server_version") recorder.serverVersion(message.parameterValue);
  });
}

const GOODBYE_MS = 1000;

function sessionOf(client: ProbeClient, socket: Socket, where: PostgresWhere, signal: AbortSignal): Session {
  async function query(text: string, values?: readonly unknown[]): Promise<Array<Record<string, unknown>>> {
    const answer: unknown = await whileWaiting(signal, client.query(text, values ? [...values] : undefined));
    // pg gives a list of results for more than one statement, which its types do not say.
    const result = (Array.isArray(answer) ? answer.at(-1) : answer) as QueryResult<Record<string, unknown>>;
    return result.rows;
  }
  function close(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
      const onAbort = (): void => void socket.destroy();
      signal.addEventListener("abort", onAbort, { once: true });
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      if (socket.destroyed) return done();
      socket.once("close", done);
      if (signal.aborted) return onAbort();
      client.end().catch(() => socket.destroy());
    });
  }
  return { where, query, close };
}

function endpointOf(host: DsnHost): Where {
  return { endpoint: hostPort(host), host: host.host };
}

/** A failure for a host that took longer than `connect_timeout` or its share of the attempt. */
export function hostTimedOut(host: DsnHost, ms: number): FailureError {
  return failed(
    "TimedOut",
    `PostgreSQL at ${hostPort(host)} did not let the operator in within ${ms / 1000} s. ` +
      "Check the address, NetworkPolicies, firewalls and the server's load.",
  );
}
