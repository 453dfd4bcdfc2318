import { Client } from "pg";
import type { Dsn } from "./dsn/dsn";
import { MAX_SCRAM_ITERATIONS } from "./login/scram";
import type { PgStream } from "./stream";

/**
 * `pg`'s client with all settings explicit. Otherwise it would take settings that are missing in a DSN from
 * `PG*` variables and the password file of the operator's own pod.
 */
export class ProbeClient extends Client {
  readonly #dsn: Dsn;

  /** @param connection its host, and whether channel binding may be used on it */
  constructor(dsn: Dsn, connection: { readonly host: string; readonly binds: boolean }, stream: PgStream) {
    super({
      host: connection.host,
      port: 5432,
      user: dsn.user,
      database: dsn.database,
      // A function, because pg looks elsewhere for an empty or absent password.
      password: () => dsn.password ?? "",
      ssl: false,
      sslnegotiation: "postgres",
      enableChannelBinding: connection.binds,
      scramMaxIterations: MAX_SCRAM_ITERATIONS,
      types: { getTypeParser },
      stream: () => stream as never,
    } as ConstructorParameters<typeof Client>[0]);
    this.#dsn = dsn;
    // pg appends its own encoding, which would hide the one that the exporter gets.
    const its = this as unknown as Inside;
    its.connection.startup = (settings) => void stream.write(startupMessage(settings));
    const derive = its._handleAuthSASLContinue.bind(this);
    its._handleAuthSASLContinue = (message) => stream.deriving(derive(message));
  }

  /** The startup message; pg's own takes `options` and `application_name` from the environment too. */
  getStartupConf(): Record<string, string> {
    const { user, database, runtime, execMode } = this.#dsn;
    return {
      // pgx sends none, and its simple protocol depends on the server's choice.
      ...(execMode === "simple_protocol" ? {} : { client_encoding: "UTF8" }),
      application_name: "kollect-connection-test",
      ...Object.fromEntries(runtime.map(({ name, value }) => [name, value])),
      user,
      database,
    };
  }
}

/** Numbers of the types `bool`, `int2`, `int4` and `oid`, and how to read their texts. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text) => text === "t"],
  ...[21, 23, 26].map((type) => [type, Number] as const),
]);

/**
 * The parser for values of a type, which the server names. All other types are texts: pg would read some of them as
 * objects of the server's choice.
 */
function getTypeParser(type: number): (text: string) => unknown {
  return PARSERS.get(type) ?? String;
}

type Settings = Readonly<Record<string, string>>;

/** Members of pg's client that its types do not declare. */
interface Inside {
  readonly connection: { startup: (settings: Settings) => void };
  /** Derives the key of SCRAM and sends the proof; settles when it has, or has failed to. */
  _handleAuthSASLContinue(message: object): Promise<void>;
}

/** Major and minor number of the protocol, 3.0. */
const PROTOCOL = 3 << 16;

/** The message that begins a session (PostgreSQL manual, "Message Formats", StartupMessage). */
function startupMessage(settings: Settings): Buffer {
  const body = Buffer.from(`${Object.entries(settings).flat().join("\0")}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, body]);
}
