import { Client } from "pg";
import type { Dsn } from "./dsn";
import type { PgStream } from "./stream";

/**
 * `pg`'s client with everything said explicitly. Without that it would take what a DSN leaves out from
 * `PG*` variables and the password file of the operator's own pod.
 */
export class ProbeClient extends Client {
  readonly #dsn: Dsn;

  constructor(dsn: Dsn, where: { readonly host: string; readonly secured: boolean }, stream: PgStream) {
    super({
      host: where.host,
      port: 5432,
      user: dsn.user,
      database: dsn.database,
      // A function, because pg looks elsewhere for an empty or absent one.
      password: () => dsn.password ?? "",
      ssl: false,
      sslnegotiation: "postgres",
      enableChannelBinding: where.secured && dsn.channelBinding !== "disable",
      stream: () => stream as never,
    } as ConstructorParameters<typeof Client>[0]);
    this.#dsn = dsn;
  }

  /** The startup message; pg's own takes `options` and `application_name` from the environment too. */
  getStartupConf(): Record<string, string> {
    const { user, database, options, applicationName } = this.#dsn;
    return {
      user,
      database,
      client_encoding: "UTF8",
      application_name: applicationName ?? "kollect-connection-test",
      ...(options === undefined ? {} : { options }),
    };
  }
}
