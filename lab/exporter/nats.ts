import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { jetstream } from "@nats-io/jetstream";
import { connect, type ConnectionOptions, type NatsConnection } from "@nats-io/transport-node";
import type { KollectEventSink } from "../../capabilities/api/types";
import type { ExportOutcome, Exporter, TruthCase } from "../truth/row";

/** What nats.go allows a server for TCP, greeting, TLS and login together. */
const SERVER_TIMEOUT_MS = 2000;
/** For a request without the right to it, which nats.go only sees as a deadline. */
const REQUEST_TIMEOUT_MS = 1500;
const STREAM_NOT_FOUND = 10059;
const DEFAULT_STREAM = "kollect_events";
const CA_KEYS = ["tls.crt", "ca.crt", "ca.pem"];

type Values = Readonly<Record<string, string | Buffer>>;
type Login = Pick<ConnectionOptions, "token" | "user" | "pass">;

interface Config {
  readonly servers: readonly { readonly host: string; readonly tls: boolean; readonly login: Login }[];
  readonly subject: string;
  readonly stream: string;
  readonly tls: ConnectionOptions["tls"];
}

/**
 * What Kollect 0.18 does with a nats sink, by NATS' own client for Node. Source: facts of the exporter, sections 2.0
 * and 2.5. Both Secret references must exist, used or not. Values are taken to the last byte; a token that is not empty
 * hides user and password, and what stands before the `@` of an address goes before all of them (nats.go 1.53.1,
 * connectProto). An authority or `insecureSkipVerify` demands TLS. The keys `creds`, `nkey` and a client certificate are
 * ignored. The stream is updated with its name and the one subject, created only when it is not found, and then each
 * export is published with an id and waits for its acknowledgement.
 */
export const exportToNats: Exporter = async (truthCase, { items, signal }) => {
  const config = attempt("construction", () => configOf(truthCase));
  if ("works" in config) return config;
  const connected = await attemptAsync("connect", () => connectTo(config, signal));
  if ("works" in connected) return connected;
  try {
    return await write(connected, config, items);
  } finally {
    await connected.close();
  }
};

async function write(connection: NatsConnection, config: Config, items: number): Promise<ExportOutcome> {
  const stream = await attemptAsync("stream", () => ensureStream(connection, config));
  if ("works" in stream) return stream;
  const client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS });
  for (const round of [1, 2]) {
    const body = JSON.stringify({ payload: Array.from({ length: items }, (_, at) => ({ at, round })) });
    const published = await attemptAsync("publish", () =>
      client.publish(config.subject, body, { msgID: `${config.subject}-${round}` }),
    );
    if ("works" in published) return published;
  }
  return { works: true };
}

/** As jetstream.CreateOrUpdateStream of nats.go. */
async function ensureStream(connection: NatsConnection, { stream, subject }: Config): Promise<object> {
  const body = JSON.stringify({ name: stream, subjects: [subject] });
  const updated = await api(connection, `$JS.API.STREAM.UPDATE.${stream}`, body);
  if (updated?.err_code !== STREAM_NOT_FOUND) return refusing(updated);
  return refusing(await api(connection, `$JS.API.STREAM.CREATE.${stream}`, body));
}

interface ApiError {
  readonly err_code: number;
  readonly description: string;
}

async function api(connection: NatsConnection, subject: string, body: string): Promise<ApiError | undefined> {
  const answer = await connection.request(subject, body, { timeout: REQUEST_TIMEOUT_MS });
  return answer.json<{ error?: ApiError }>().error;
}

function refusing(error: ApiError | undefined): object {
  if (error) throw new Error(`err_code=${error.err_code} ${error.description}`);
  return {};
}

/** The first server that accepts the client; the others are tried whatever its fault is. */
async function connectTo({ servers, tls }: Config, signal: AbortSignal): Promise<NatsConnection> {
  let failure: unknown;
  const wanted = tls ?? (servers.some((server) => server.tls) ? {} : undefined);
  for (const { host, login } of servers) {
    signal.throwIfAborted();
    try {
      return await connect({
        servers: host,
        ...login,
        // Without null the client also uses TLS that is only offered; addresses it verifies only as `host`.
        tls: wanted || (await requiresTls(host)) ? ({ ...wanted, host: nameIn(host) } as object) : null,
        reconnect: false,
        ignoreClusterUpdates: true,
        timeout: SERVER_TIMEOUT_MS,
      });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function requiresTls(host: string): Promise<boolean> {
  const socket = connectSocket(Number(/\d+$/.exec(host)?.[0]), nameIn(host));
  try {
    const within = { signal: AbortSignal.timeout(SERVER_TIMEOUT_MS) };
    const [greeting] = (await once(socket, "data", within)) as [Buffer];
    return /"tls_required":true/.test(greeting.toString());
  } finally {
    socket.destroy();
  }
}

function nameIn(host: string): string {
  return host.slice(0, host.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

function configOf(truthCase: TruthCase): Config {
  const { spec } = truthCase.sink as KollectEventSink;
  const nats = spec.nats ?? { subject: "" };
  const common = secretOf(truthCase, spec.secretRef?.name);
  const secret = nats.secretRef ? secretOf(truthCase, nats.secretRef.name) : common;
  const url = firstOf(nats.url, spec.endpoint);
  if (url === "") throw new Error("nats sink requires spec.nats.url or spec.endpoint");
  const subject = nats.subject.trim();
  if (subject === "") throw new Error("nats sink requires spec.nats.subject");
  const stream = firstOf(nats.stream, DEFAULT_STREAM).replaceAll(".", "_");
  if (/[>*. /\\\t\r\n]/.test(stream)) throw new Error(`invalid stream name: ${stream}`);
  return { servers: serversIn(url, loginOf(secret)), subject, stream, tls: tlsOf(truthCase) };
}

function firstOf(...texts: readonly (string | undefined)[]): string {
  return texts.map((text) => text?.trim() ?? "").find((text) => text !== "") ?? "";
}

function secretOf({ secrets }: TruthCase, name: string | undefined): Values {
  if (name === undefined) return {};
  const secret = secrets[name];
  if (!secret) throw new Error(`secret "${name}" not found`);
  return secret;
}

function loginOf(secret: Values): Login {
  const [token, user, pass] = ["token", "username", "password"].map((key) => String(secret[key] ?? ""));
  if (token) return { token };
  return user ? { user, pass: pass ?? "" } : {};
}

function serversIn(url: string, login: Login): Config["servers"] {
  return url
    .split(",")
    .map((each) => each.trim().replace(/\/$/, ""))
    .filter((each) => each !== "")
    .map((each) => serverIn(each, login));
}

function serverIn(text: string, login: Login): Config["servers"][number] {
  // Written as http so that Node reads authorities as Go does; the port of http would be left out.
  const [, scheme = "nats", rest = text] = /^([A-Za-z][\w+.-]*):\/\/(.*)$/.exec(text) ?? [];
  if (/^wss?$/i.test(scheme)) throw new Error("malformed HTTP status code");
  const url = new URL(`http://${rest}`);
  const port = /:80$/.test(url.host) ? "80" : url.port || (/:80(\/|$)/.test(rest) ? "80" : "4222");
  return {
    host: `${url.hostname}:${port}`,
    tls: scheme.toLowerCase() === "tls",
    login: rest.split(/[/?#]/)[0]?.includes("@") ? userinfoOf(url, rest) : login,
  };
}

function userinfoOf({ username, password }: URL, rest: string): Login {
  const before = rest.slice(0, rest.split(/[/?#]/)[0]?.lastIndexOf("@"));
  if (before.includes(":")) return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return username === "" ? {} : { token: decodeURIComponent(username) };
}

function tlsOf(truthCase: TruthCase): ConnectionOptions["tls"] {
  const { tls = {} } = truthCase.sink.spec;
  const secret = secretOf(truthCase, tls.caSecretRef?.name);
  const skips = tls.insecureSkipVerify === true;
  const fromSecret = CA_KEYS.map((key) => String(secret[key] ?? "")).find((text) => text !== "");
  const ca = tls.caBundle ? Buffer.from(tls.caBundle, "base64").toString("utf8") : fromSecret;
  if (ca === undefined) return skips ? ({ rejectUnauthorized: false } as object) : undefined;
  if (!ca.includes("BEGIN CERTIFICATE")) throw new Error("no certificate in the CA");
  return { ca, rejectUnauthorized: !skips } as object;
}

type Failed = Extract<ExportOutcome, { works: false }>;

function attempt<T>(step: string, work: () => T): T | Failed {
  try {
    return work();
  } catch (error) {
    return { works: false, step, error: String(error) };
  }
}

async function attemptAsync<T extends object>(step: string, work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    return { works: false, step, error: String(error) };
  }
}
