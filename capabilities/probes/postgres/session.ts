import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { QueryResult } from "pg";
import { whileWaiting } from "../../lib/abort";
import { orDestroy } from "../net/sockets";
import type { ProbeContext } from "../probe";
import { authenticationGuard, type LoginNotes } from "./login/authentication";
import { hasBinding } from "./login/channel-binding";
import { ProbeClient } from "./client";
import { postgresFailure, type PostgresWhere } from "./errors";
import { endpointOf } from "./plan";
import { secure, type PostgresAttempt } from "./login/secure";
import { PgStream } from "./stream";

export type Row = Readonly<Record<string, unknown>>;

/** An authenticated session. */
export interface Session {
  readonly where: PostgresWhere;
  readonly server: ServerNotes;
  readonly login: Readonly<LoginNotes>;
  /** Rows of the last statement as objects; rejects with the driver's error. */
  query(text: string): Promise<readonly Row[]>;
  /** Rows of each statement of a text, which the server runs in one transaction. */
  script(text: string): Promise<readonly (readonly Row[])[]>;
  /** Rows of a named prepared statement. */
  prepared(name: string, text: string): Promise<readonly Row[]>;
  /** Sends Terminate and waits until the server has closed, so that none of its backends outlives the probe. */
  close(): Promise<void>;
}

/** The server's data about itself at the beginning of the session. */
export interface ServerNotes {
  /** Major number of the server's version, such as 18; undefined when it names none. */
  major?: number;
  /** Whether it is the console of PgBouncer, which is not a database. */
  console: boolean;
  /** The number of its process. */
  process?: number;
  /** The reported values of the session's settings in {@link NOTED}. */
  readonly settings: Map<string, string>;
}

export type Encryption = "tls" | "plain";

/** Connects to a host with or without TLS and authenticates. Rejects with `FailureError` or the signal's reason. */
export async function connectWith(encryption: Encryption, attempt: PostgresAttempt): Promise<Session> {
  const { plan, host, context, signal } = attempt;
  const socket = await context.dialler.connect({ host: host.host, port: host.port }, signal);
  return orDestroy(socket, signal, async () => {
    const secured = encryption === "tls" ? await secure(socket, attempt) : undefined;
    if (!secured) notePlain(encryption, context);
    const where = { ...endpointOf(host), secured: secured !== undefined, plan };
    return authenticate(secured ?? socket, where, attempt);
  });
}

/** Notes a plain connection, unless TLS was requested: then its refusal is noted already. */
function notePlain(encryption: Encryption, { recorder }: ProbeContext): void {
  recorder.insecure("PlainText");
  if (encryption === "plain") recorder.skipped("TLS", "sslmode does not ask for TLS");
}

function authenticate(socket: Socket, where: PostgresWhere, attempt: PostgresAttempt): Promise<Session> {
  const { plan, context, signal } = attempt;
  return context.recorder.phase("Authenticate", async () => {
    const binds = where.secured && plan.dsn.channelBinding !== "disable";
    const { guard, notes: login } = authenticationGuard(where, hasBinding(socket));
    const { derivationTurn } = context;
    const stream = new PgStream(socket, where.endpoint, { inspect: guard, derivationTurn });
    const client = new ProbeClient(plan.dsn, { host: where.host, binds }, stream);
    // After the session has begun, its errors reject the running query; the rest is teardown.
    client.on("error", () => undefined);
    const server = noteServer(client, context);
    try {
      await whileWaiting(signal, client.connect());
    } catch (error) {
      throw signal.aborted ? signal.reason : postgresFailure(error, where);
    }
    return { where, server, login, ...sessionOf(client, socket, signal) };
  });
}

/** The server names its version and its process when a session begins, so they cost no query. */
function noteServer(client: ProbeClient, { recorder }: ProbeContext): ServerNotes {
  const notes: ServerNotes = { console: false, settings: new Map() };
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.on("backendKeyData", ({ processID }: { processID: number }) => (notes.process = processID));
  connection.on("parameterStatus", (message: { parameterName: string; parameterValue: string }) => {
    if (NOTED.includes(message.parameterName))
      notes.settings.set(message.parameterName, message.parameterValue);
    if (message.parameterName !== "server_version") return;
    recorder.serverVersion(message.parameterValue);
    const major = /^\d{1,4}/.exec(message.parameterValue)?.[0];
    if (major !== undefined) notes.major = Number(major);
    notes.console = /^[\d.]+\/bouncer$/.test(message.parameterValue);
  });
  return notes;
}

/** Settings that the exporter's driver checks. */
const NOTED: readonly string[] = ["client_encoding", "standard_conforming_strings"];

const GOODBYE_MS = 1000;

function sessionOf(
  client: ProbeClient,
  socket: Socket,
  signal: AbortSignal,
): Pick<Session, "query" | "script" | "prepared" | "close"> {
  async function script(text: string): Promise<readonly (readonly Row[])[]> {
    const answer: unknown = await whileWaiting(signal, client.query(text));
    // pg returns a list of results for more than one statement, which its types do not declare.
    return ([answer].flat() as QueryResult<Row>[]).map(({ rows }) => rows);
  }
  async function query(text: string): Promise<readonly Row[]> {
    return (await script(text)).at(-1) ?? [];
  }
  async function prepared(name: string, text: string): Promise<readonly Row[]> {
    return (await whileWaiting(signal, client.query<Row>({ name, text }))).rows;
  }
  return { query, script, prepared, close: () => close(client, socket, signal) };
}

function close(client: ProbeClient, socket: Socket, signal: AbortSignal): Promise<void> {
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
