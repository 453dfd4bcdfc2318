import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { KollectEventSink } from "../../capabilities/api/types";
import { hostPort } from "../../capabilities/probes/messages";
import { trusting, type Issued } from "../pki";
import { startNats, type NatsOptions, type NatsServer } from "../servers/nats";
import type { LabBackend, LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { WRONG } from "./variations";

export { trusting } from "../pki";

export const SUBJECT = "inventory.items";
export const STREAM = "INVENTORY";
export const PASSWORD = "corr&ct-horse/b@ttery";
export const WRONG_PASSWORD = "not-the-p@ssword";

/** What a sink with a stream that exists needs, and what lets a probe see that it is enough. */
const SINK_RIGHTS = {
  publish: [
    ...[SUBJECT, "$JS.API.STREAM.UPDATE.>"],
    ...["$JS.API.STREAM.INFO.>", "$JS.API.STREAM.NAMES", "$JS.API.INFO", "$SYS.REQ.USER.INFO"],
  ],
  subscribe: ["_INBOX.>"],
};

const user = (name: string, permissions?: object): object => ({
  user: name,
  password: PASSWORD,
  ...(permissions ? { permissions } : {}),
});

/** Accounts with and without JetStream, and users with more and less rights. */
export const ACCOUNTS = {
  accounts: {
    APP: {
      jetstream: "enabled",
      users: [
        user("admin"),
        user("kollect", SINK_RIGHTS),
        // May do what the exporter does and nothing else: no question about it is answered.
        user("narrow", { publish: [SUBJECT, `$JS.API.STREAM.UPDATE.${STREAM}`], subscribe: ["_INBOX.>"] }),
        user("reader", { publish: { deny: ["inventory.>"] } }),
        user("creator", {
          publish: [...SINK_RIGHTS.publish, "$JS.API.STREAM.CREATE.>"],
          subscribe: SINK_RIGHTS.subscribe,
        }),
        // May create its stream and write to it, but not ask for its own rights.
        user("founder", {
          publish: [
            ...[SUBJECT, "$JS.API.STREAM.INFO.NOT_THERE"],
            ...["$JS.API.STREAM.UPDATE.NOT_THERE", "$JS.API.STREAM.CREATE.NOT_THERE"],
          ],
          subscribe: SINK_RIGHTS.subscribe,
        }),
      ],
    },
    FULL: { jetstream: { max_streams: 1 }, users: [user("full")] },
    PLAIN: { users: [user("plain")] },
    SYS: { users: [user("system")] },
  },
  system_account: "SYS",
};

/**
 * A server with these accounts, a stream for the subject, one that is sealed and one that copies another.
 * @param users more of them, in the first account
 */
export async function startWithStreams(tls?: Issued, users: readonly object[] = []): Promise<NatsServer> {
  const { APP, ...others } = ACCOUNTS.accounts;
  const accounts = { ...others, APP: { ...APP, users: [...APP.users, ...users] } };
  const config = { ...ACCOUNTS, accounts };
  const options: NatsOptions = { jetstream: true, config, ...(tls ? { tls } : {}) };
  const server = await startNats(options);
  try {
    await addStreams(server, "admin", tls !== undefined);
    await addStreams(server, "full", tls !== undefined);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function addStreams(server: NatsServer, name: string, isSecured: boolean): Promise<void> {
  const connection = await connect({
    servers: `${server.host}:${server.port}`,
    user: name,
    pass: PASSWORD,
    ...(isSecured ? { tls: { rejectUnauthorized: false } } : {}),
  });
  try {
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: STREAM, subjects: ["inventory.*"] });
    if (name !== "admin") return;
    await streams.add({ name: "ORDERS", subjects: ["orders.>"] });
    await streams.add({ name: "COPY", mirror: { name: STREAM } });
    await streams.add({ name: "SEALED", subjects: ["sealed.items"] });
    // Sealing is the only change that the client's types leave out.
    await streams.update("SEALED", { sealed: true } as Parameters<typeof streams.update>[1]);
  } finally {
    await connection.close();
  }
}

/** How many messages the streams of the account hold, and how many streams there are. */
export async function contents(server: NatsServer): Promise<{ streams: number; messages: number }> {
  const connection = await connect({
    servers: `${server.host}:${server.port}`,
    user: "admin",
    pass: PASSWORD,
  });
  try {
    const { streams } = await jetstreamManager(connection);
    const all = await streams.list().next();
    return { streams: all.length, messages: all.reduce((sum, { state }) => sum + state.messages, 0) };
  } finally {
    await connection.close();
  }
}

export interface NatsCase {
  /** `spec.nats.url`. */
  readonly url?: string;
  /** `spec.endpoint`. */
  readonly endpoint?: string;
  readonly subject?: string;
  readonly stream?: string;
  readonly provisioning?: "ensure" | "existing";
  readonly tls?: KollectEventSink["spec"]["tls"];
  /** Keys of the Secret of `spec.nats.secretRef`; absent means no Secret. */
  readonly secret?: Readonly<Record<string, string>>;
}

/** A sink of type nats with its Secret. */
export function natsCase(options: NatsCase): ProbeCase {
  const { url, endpoint, subject = SUBJECT, stream, provisioning, tls, secret } = options;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectEventSink",
      metadata: { name: "items", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "nats",
        nats: {
          subject,
          ...(url === undefined ? {} : { url }),
          ...(stream === undefined ? {} : { stream }),
          ...(secret ? { secretRef: { name: "nats-login" } } : {}),
        },
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(provisioning ? { provisioning: { mode: provisioning } } : {}),
        ...(tls ? { tls } : {}),
      },
    },
    secrets: secret ? { "spec.nats.secretRef": secret } : {},
  };
}

/** The keys of a Secret for this user. */
export function login(name: string, password = PASSWORD): Record<string, string> {
  return { username: name, password };
}

const natsServer: LabServer = {
  name: "nats",
  server: "nats-server with JetStream",
  needs: ["go"],
  program: "nats-server",
  start: async ({ authority }) => {
    const server = await startWithStreams(authority.issue({ names: ["localhost"] }));
    const probeCase = natsCase({
      url: `tls://localhost:${server.port}`,
      tls: trusting(authority.cert),
      stream: STREAM,
      secret: login("kollect"),
    });
    return { probeCase, stop: server.stop };
  },
  at: (target) => natsCase({ url: `nats://${hostPort(target)}`, secret: login("kollect") }),
  refuse: (values) => ({ ...values, password: WRONG }),
  // A greeting that is cut off.
  dripBytes: Buffer.from(`INFO {"server_id":"${"x".repeat(60_000)}`),
  serverSpeaksFirst: true,
};

export const nats: LabBackend = [natsServer];
