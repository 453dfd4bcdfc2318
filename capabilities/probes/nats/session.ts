import type { Socket } from "node:net";
import { failed, FailureError } from "../../domain/failure";
import { hostPort } from "../messages";
import { whileWaiting } from "../../lib/abort";
import type { SecureOptions } from "../net/dialler";
import { orDestroy } from "../net/sockets";
import type { PhaseName } from "../../api/vocabulary";
import type { ProbeContext, Recorder } from "../probe";
import { blamingSent } from "../secrets/secret-values";
import { openConnection, type Connection } from "./protocol/connection";
import { urlCredentials, type NatsCredentials } from "./credentials";
import { notNats, type NatsWhere } from "./errors";
import { readGreeting, type Greeting, type ServerInfo } from "./protocol/greeting";
import { Operations } from "./protocol/operations";
import type { NatsPlan } from "./plan";
import type { NatsServer } from "./servers";
import { silentFailure } from "./silence";

/** A connection that a server has accepted. */
export interface Session {
  readonly where: NatsWhere;
  readonly connection: Connection;
  readonly version?: string;
}

/** How long to wait for INFO, in milliseconds: a server that waits for a TLS handshake keeps the connection as long. */
const SILENT_AFTER_MS = 1000;

/** Connects to a server and logs in. Rejects with `FailureError` or the signal's reason. */
export async function openSession(
  plan: NatsPlan,
  server: NatsServer,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Session> {
  const credentials = credentialsAt(server, plan);
  const where = {
    endpoint: hostPort(server),
    host: server.host,
    plan,
    ...(credentials ? { credentials } : {}),
  };
  const socket = await context.dialler.connect(server, signal);
  return orDestroy(socket, signal, async () => {
    const greeted = await greet(socket, { where, server, context, signal });
    const { info } = greeted.greeting;
    if (info.version !== undefined) context.recorder.serverVersion(info.version);
    const connection = openConnection(greeted.socket, greeted.greeting, where, context.signal);
    await logIn(connection, info, { where, server, context, signal });
    return { where, connection, ...(info.version === undefined ? {} : { version: info.version }) };
  });
}

/** Credentials in an address take precedence over token and user of the Secret, as in nats.go (connectProto). */
function credentialsAt({ userinfo }: NatsServer, plan: NatsPlan): NatsCredentials | undefined {
  const { credentials, addressField } = plan;
  if (!userinfo || credentials?.beforeUrl) return credentials;
  return urlCredentials(userinfo, addressField);
}

interface NatsAttempt {
  readonly where: NatsWhere;
  readonly server: NatsServer;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

interface Greeted {
  readonly socket: Socket;
  readonly greeting: Greeting;
}

/** Reads the greeting and starts TLS if the sink or the server requires it, as NATS clients do. */
async function greet(socket: Socket, attempt: NatsAttempt): Promise<Greeted> {
  const { where, context, signal } = attempt;
  const { recorder } = context;
  const { wantedBy } = where.plan.tls;
  const greeting = await (wantedBy === undefined
    ? notingFailure(recorder, "Authenticate", () => greetingOf(socket, attempt))
    : recorder.phase("TLS", () => greetingOf(socket, attempt)));
  const { tlsRequired, tlsAvailable } = greeting.info;
  if (wantedBy === undefined && !tlsRequired) {
    recorder.insecure("PlainText");
    recorder.skipped("TLS", "neither the sink nor the server requires it");
    return { socket, greeting };
  }
  await notingFailure(recorder, "TLS", async () => {
    if (!tlsRequired && !tlsAvailable) throw noTls(where);
    // Bytes after the greeting would be read as if they had arrived through TLS.
    if (greeting.operations.rest > 0) throw notNats(where);
  });
  noteCertificate(greeting.info, attempt);
  const secured = await context.dialler.secure(socket, secureOptions(attempt), signal);
  return { socket: secured, greeting: { info: greeting.info, operations: new Operations() } };
}

/** Notes that a server which verifies clients would refuse the exporter, which sends no certificate. */
function noteCertificate({ tlsVerify }: ServerInfo, { where, context }: NatsAttempt): void {
  if (tlsVerify && where.plan.tls.clientCertificate) {
    context.recorder.limited("ClientCertificateIgnored", "fails");
  }
}

async function greetingOf(socket: Socket, attempt: NatsAttempt): Promise<Greeting> {
  const { where, context, signal } = attempt;
  const silentAfterMs = Math.min(SILENT_AFTER_MS, Math.floor(context.timeoutMs / 4));
  const greeting = await readGreeting(socket, { where, signal, silentAfterMs });
  if (greeting) return greeting;
  throw await silentFailure(socket, { where, signal, waitMs: silentAfterMs, tls: secureOptions(attempt) });
}

function secureOptions({ where, server }: NatsAttempt): SecureOptions {
  const { wantedBy: _, ...tls } = where.plan.tls;
  return { ...tls, servername: server.host };
}

function noTls({ endpoint, plan }: NatsWhere): Error {
  return failed(
    "TLSFailed",
    `NATS at ${endpoint} does not offer TLS, which ${plan.tls.wantedBy} requires. ` +
      "Turn TLS on at the server, or remove the setting from the sink.",
  );
}

/** The client's entry in the server's list of connections. */
const CLIENT = { name: "kollect-connection-test", lang: "node", version: "1", protocol: 1 };

/** A server with `no_auth_user` reports that it requires no login, but still refuses a wrong one. */
async function logIn(
  connection: Connection,
  info: ServerInfo,
  { where, context, signal }: NatsAttempt,
): Promise<void> {
  const { recorder } = context;
  const { credentials } = where;
  const fields = {
    ...CLIENT,
    verbose: false,
    pedantic: false,
    echo: false,
    headers: info.headers,
    no_responders: info.headers,
    ...credentials?.prove(info.nonce),
  };
  const connect = (): Promise<void> =>
    whileWaiting(signal, connection.connect(fields)).catch((error: unknown) => {
      throw refusal(error, where);
    });
  if (credentials && info.authRequired) return recorder.phase("Authenticate", connect);
  await notingFailure(recorder, "Authenticate", connect);
  recorder.skipped("Authenticate", credentials ? "the server requires no login" : "no credentials are set");
}

/** A missing value in the Secret, or white space around one, explains a refused login better than the server does. */
function refusal(error: unknown, { credentials, plan }: NatsWhere): unknown {
  if (!(error instanceof FailureError) || error.failure.cause !== "AuthenticationFailed") return error;
  const missing = credentials ? credentials.missing : plan.missing;
  return missing ?? blamingSent(error, credentials?.sent ?? []);
}

/**
 * Runs work that is noted as a phase only when it fails. A server's greeting comes before TLS and the login, and a
 * correct one belongs to neither.
 */
async function notingFailure<T>(
  recorder: Pick<Recorder, "phase">,
  name: PhaseName,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return recorder.phase<T>(name, () => Promise.reject(error as Error));
  }
}
