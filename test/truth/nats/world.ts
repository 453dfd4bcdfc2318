import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { KollectEventSink } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startNats, type NatsOptions, type NatsServer } from "../../../lab/servers/nats";
import { edition } from "../../../lab/servers/programs/edition";
import type { FactClass, TruthCase, TruthRow } from "../../../lab/truth/row";
import { USERS } from "./users";

export const SUBJECT = "a.b";
export const STREAM = "S";
export const TOKEN = "tok-en";
export const PASSWORD = "pass:w@rd/50%";

/** Servers that differ in what they ask of a client. */
const SERVERS = {
  /** Users with more and less rights, accounts with more and less JetStream. */
  main: (_tls, _ca, more) => ({ jetstream: true, config: accounts(more) }),
  token: () => ({ jetstream: true, config: { authorization: { token: TOKEN } } }),
  open: () => ({ jetstream: true }),
  withoutJetStream: () => ({}),
  /** Clients without a login are user `anyone`. */
  noAuthUser: () => ({
    jetstream: true,
    config: {
      accounts: { A: { jetstream: "enabled", users: [{ user: "anyone", password: PASSWORD }] } },
      no_auth_user: "anyone",
    },
  }),
  tls: (tls) => ({ jetstream: true, tls }),
  tlsOffered: (tls) => ({ jetstream: true, tls, config: { allow_non_tls: true } }),
  tlsFirst: (tls) => ({ jetstream: true, tls, tlsSettings: { handshake_first: true } }),
  tlsAuto: (tls) => ({ jetstream: true, tls, tlsSettings: { handshake_first: "auto" } }),
  tlsMutual: (tls, clientCa) => ({ jetstream: true, tls, clientCa }),
} as const satisfies Record<
  string,
  (tls: NatsOptions["tls"], clientCa: string, more: readonly MoreUser[]) => NatsOptions
>;

export type ServerName = keyof typeof SERVERS;

/** Those with settings that the second edition, which is older, refuses; their rows are left out there. */
const FIRST_ONLY: ReadonlySet<ServerName> = new Set<ServerName>(["tlsFirst", "tlsAuto"]);

export interface MoreUser {
  readonly name: string;
  readonly permissions: object;
}

export interface NatsWorld {
  readonly authority: Authority;
  readonly clients: Authority;
  readonly servers: Readonly<Record<ServerName, NatsServer>>;
  stop(): Promise<void>;
}

/** @param more users of the main server's first account */
export async function startWorld(more: readonly MoreUser[]): Promise<NatsWorld> {
  const authority = createAuthority();
  const clients = createAuthority("Kollect Client CA");
  const identity = authority.issue({ names: ["localhost"] });
  const all = Object.keys(SERVERS) as ServerName[];
  const names = all.filter((name) => edition() === "first" || !FIRST_ONLY.has(name));
  const started = await Promise.all(
    names.map(async (name) => [name, await startNats(SERVERS[name](identity, clients.cert, more))] as const),
  );
  const servers = Object.fromEntries(started) as Record<ServerName, NatsServer>;
  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  };
  return { authority, clients, servers, stop };
}

function accounts(more: readonly MoreUser[]): Readonly<Record<string, unknown>> {
  const all = [...Object.entries(USERS).map(([name, permissions]) => ({ name, permissions })), ...more];
  const users = all.map(({ name, permissions }) => ({
    user: name,
    password: PASSWORD,
    ...(permissions ? { permissions } : {}),
  }));
  const limited = (limits: object, user: string): object => ({
    jetstream: limits,
    users: [{ user, password: PASSWORD }],
  });
  return {
    accounts: {
      A: { jetstream: "enabled", users },
      PLAIN: { users: [{ user: "plain", password: PASSWORD }] },
      ONE: limited({ max_streams: 1 }, "one"),
      ZERO: limited({ max_streams: 0 }, "zero"),
      DISKLESS: limited({ max_file: 0 }, "diskless"),
      SMALL: limited({ max_file: 100 }, "small"),
      ROOMY: limited({ max_file: 100_000_000 }, "roomy"),
      SIZED: limited({ max_bytes_required: true }, "sized"),
    },
  };
}

/** In what a row differs from user `full` of the main server with a sink of stream S and subject a.b. */
export interface Change {
  /** A user of the main server. */
  readonly user?: string;
  /** Streams that exist. */
  readonly streams?: readonly object[];
  readonly server?: ServerName;
  /** Keys of Secret `sec`, which `spec.nats.secretRef` names; null for a sink without Secrets. */
  readonly secret?: Readonly<Record<string, string>> | null;
  readonly secrets?: (world: NatsWorld) => TruthCase["secrets"];
  readonly nats?: (address: string, world: NatsWorld) => object;
  readonly spec?: (address: string, world: NatsWorld) => object;
}

export function row(id: string, about: string, fact: FactClass, change: Change = {}): TruthRow<NatsWorld> {
  return { id, about, fact, setUp: (world) => setUp(world, change) };
}

async function setUp(world: NatsWorld, change: Change): Promise<TruthCase> {
  const { user = "full", server = "main", streams = [] } = change;
  const { port } = world.servers[server];
  await prepare(world, server, OWNERS[user] ?? "full", streams);
  const secret = change.secret === undefined ? loginOf(server, user) : change.secret;
  const own: TruthCase["secrets"] = secret ? { sec: secret } : {};
  return {
    sink: sinkAt(`localhost:${port}`, { world, change, hasSecret: secret !== null }),
    secrets: { ...own, ...change.secrets?.(world) },
  };
}

function sinkAt(
  address: string,
  { world, change, hasSecret }: { world: NatsWorld; change: Change; hasSecret: boolean },
): KollectEventSink {
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectEventSink",
    metadata: { name: "items", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
    spec: {
      type: "nats",
      ...change.spec?.(address, world),
      nats: {
        url: `nats://${address}`,
        subject: SUBJECT,
        stream: STREAM,
        ...(hasSecret ? { secretRef: { name: "sec" } } : {}),
        ...change.nats?.(address, world),
      },
    },
  };
}

/** Owners of the accounts that have users of their own; `full` owns the first. */
const OWNERS: Readonly<Record<string, string>> = Object.fromEntries(
  ["plain", "one", "zero", "diskless", "small", "roomy", "sized"].map((name) => [name, name]),
);

function loginOf(server: ServerName, user: string): Record<string, string> | null {
  if (server === "main") return { username: user, password: PASSWORD };
  return server === "token" ? { token: TOKEN } : null;
}

/** Removes all streams of the owner's account and creates those of the row. */
async function prepare(
  { servers, authority }: NatsWorld,
  server: ServerName,
  owner: string,
  streams: readonly object[],
): Promise<void> {
  if (["withoutJetStream", "tlsMutual", "tlsFirst"].includes(server) || owner === "plain") return;
  const connection = await connect({
    servers: `localhost:${servers[server].port}`,
    ...(server === "main" ? { user: owner, pass: PASSWORD } : {}),
    ...(server === "token" ? { token: TOKEN } : {}),
    ...(server.startsWith("tls") ? { tls: { ca: authority.cert } } : {}),
  });
  try {
    const manager = await jetstreamManager(connection);
    for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    for (const stream of streams) await create(manager, stream as StreamConfig);
  } finally {
    await connection.close();
  }
}

async function create(
  { streams }: Awaited<ReturnType<typeof jetstreamManager>>,
  { sealed, ...config }: StreamConfig,
): Promise<void> {
  // The files of a stream of this name that was just deleted may still be on their way out.
  await waitUntil({ what: `stream ${config.name}`, timeoutMs: 10_000 }, () =>
    streams.add(config).catch(() => undefined),
  );
  // A stream is sealed by an update, and its client's types leave that out.
  if (sealed) await streams.update(config.name, { sealed } as Parameters<typeof streams.update>[1]);
}
