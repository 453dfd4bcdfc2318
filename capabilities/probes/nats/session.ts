import type { Socket } from "node:net";
import { failed } from "../../domain/failure";
import { hostPort } from "../messages";
import type { DialTarget, SecureOptions } from "../net/dialler";
import { orDestroy } from "../net/sockets";
import type { ProbeContext } from "../probe";
import { openConnection, type Connection } from "./connection";
import { notNats, type NatsWhere } from "./errors";
import { readGreeting, type Greeting, type ServerInfo } from "./greeting";
import { Operations } from "./operations";
import type { NatsPlan } from "./plan";

/** A connection that a server has let in. */
export interface Session {
  readonly where: NatsWhere;
  readonly connection: Connection;
}

/** How long a server that is to speak TLS may be silent before the handshake is begun without its greeting. */
const SILENT_BEFORE_TLS_MS = 1000;

/** Connects to a server and logs in. Rejects with `FailureError` or the signal's reason. */
export async function openSession(
  plan: NatsPlan,
  server: DialTarget,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Session> {
  const where = { endpoint: hostPort(server), host: server.host, plan };
  const socket = await context.dialler.connect(server, signal);
  return orDestroy(socket, signal, async () => {
    const greeted = await greet(socket, { where, server, context, signal });
    const { info } = greeted.greeting;
    if (info.version !== undefined) context.recorder.serverVersion(info.version);
    const connection = openConnection(greeted.socket, greeted.greeting, where, signal);
    await logIn(connection, info, where, context);
    return { where, connection };
  });
}

interface Attempt {
  readonly where: NatsWhere;
  readonly server: DialTarget;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

interface Greeted {
  readonly socket: Socket;
  readonly greeting: Greeting;
}

/**
 * Reads the greeting and begins TLS when the sink asks for it or the server requires it, as NATS clients do. A
 * server with `handshake_first` greets only behind the handshake.
 */
async function greet(socket: Socket, attempt: Attempt): Promise<Greeted> {
  const { where, context, signal } = attempt;
  const { wanted } = where.plan.tls;
  const silentAfterMs = Math.min(SILENT_BEFORE_TLS_MS, Math.floor(context.timeoutMs / 4));
  const greeting = await context.recorder.phase(wanted ? "TLS" : "Verify", () =>
    readGreeting(socket, { where, signal, ...(wanted ? { silentAfterMs } : {}) }),
  );
  if (!greeting) return greetBehindTls(socket, attempt);
  const { tlsRequired, tlsAvailable } = greeting.info;
  if (!wanted && !tlsRequired) {
    context.recorder.insecure("PlainText");
    context.recorder.skipped("TLS", "neither the sink nor the server asks for it");
    return { socket, greeting };
  }
  if (!tlsRequired && !tlsAvailable) throw noTls(where);
  // Whatever stands behind the greeting would be read as if it came through TLS.
  if (greeting.operations.rest > 0) throw notNats(where);
  const secured = await context.dialler.secure(socket, secureOptions(attempt), signal);
  return { socket: secured, greeting: { info: greeting.info, operations: new Operations() } };
}

async function greetBehindTls(socket: Socket, attempt: Attempt): Promise<Greeted> {
  const { where, context, signal } = attempt;
  const secured = await context.dialler.secure(socket, secureOptions(attempt), signal);
  const greeting = await context.recorder.phase("Verify", () => readGreeting(secured, { where, signal }));
  if (!greeting) throw notNats(where);
  return { socket: secured, greeting };
}

function secureOptions({ where, server }: Attempt): SecureOptions {
  const { wanted: _, ...tls } = where.plan.tls;
  return { ...tls, servername: server.host };
}

function noTls({ endpoint, plan }: NatsWhere): Error {
  const asked = plan.tls.wanted ? "which the sink asks for (spec.tls or tls://)" : "";
  return failed(
    "TLSFailed",
    `NATS at ${endpoint} does not offer TLS, ${asked}. Turn tls on at the server, or remove it from the sink.`,
  );
}

/** The client as it shows up in the server's list of connections. */
const CLIENT = { name: "kollect-connection-test", lang: "node", version: "1", protocol: 1 };

async function logIn(
  connection: Connection,
  info: ServerInfo,
  { plan }: NatsWhere,
  { recorder }: ProbeContext,
): Promise<void> {
  const { credentials } = plan;
  const asks = info.authRequired;
  if (!credentials || !asks) {
    recorder.skipped("Authenticate", credentials ? "the server asks for no login" : "no credentials are set");
  }
  const fields = {
    ...CLIENT,
    verbose: false,
    pedantic: false,
    echo: false,
    headers: info.headers,
    no_responders: info.headers,
    ...credentials?.prove(info.nonce),
  };
  await recorder.phase(credentials && asks ? "Authenticate" : "Verify", () => connection.connect(fields));
}
