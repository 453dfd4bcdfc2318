import { PASSWORD } from "../../../lab/backends/postgres";
import { inventoryTable } from "../../../lab/backends/postgres-table";
import { faultServer } from "../../../lab/faults";
import { createAuthority, type Issued } from "../../../lab/pki";
import { findPgBouncer, startPgBouncer } from "../../../lab/servers/pgbouncer";
import type { MissingProgram } from "../../../lab/servers/programs/debian";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import type { CaseServer, CaseServers } from "../run";

/** Servers for cases of type postgres. */
export const POSTGRES_SERVERS: CaseServers = {
  /** PostgreSQL with TLS for localhost, and database app with the exporter's table, which belongs to kollect. */
  postgres: async () => {
    const authority = createAuthority();
    const server = await startApp(authority.issue({ names: ["localhost"] }));
    const ca = Buffer.from(authority.cert).toString("base64");
    return { values: { ...valuesOf(server), ca }, stop: server.stop };
  },
  /** PgBouncer in front of such a server without TLS. */
  pgbouncer: () => pooler({ pool_mode: "transaction", admin_users: "kollect" }),
  /** A pooler that pools single statements. */
  "pgbouncer-statement": () => pooler({ pool_mode: "statement" }),
  /** Says what Supavisor says to a user that names no project; FATAL with code XX000, without TLS. */
  supavisor: async () => {
    const fault = await faultServer((socket) => {
      socket.on("data", (chunk: Buffer) => {
        const isTlsRequest = chunk.length === 8 && chunk.readInt32BE(4) === SSL_REQUEST;
        if (isTlsRequest) socket.write("N");
        else socket.end(fatal("XX000", "Tenant or user not found"));
      });
    });
    return { values: valuesOf(fault), stop: fault.close };
  },
};

const SSL_REQUEST = 80877103;

/** ErrorResponse (PostgreSQL manual, "Message Formats"). */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

async function startApp(tls?: Issued): Promise<PostgresServer> {
  const server = await startPostgres(tls ? { tls, hba: ["hostnossl all tlsonly 127.0.0.1/32 reject"] } : {});
  await server.sql(`CREATE ROLE tlsonly LOGIN PASSWORD '${PASSWORD}'`);
  await server.sql(`CREATE ROLE kollect LOGIN PASSWORD '${PASSWORD}'`);
  await server.sql("CREATE DATABASE app OWNER kollect");
  await server.sql(`SET ROLE kollect; ${inventoryTable("inventory")}`, "app");
  return server;
}

async function pooler(settings: Readonly<Record<string, string>>): Promise<CaseServer | MissingProgram> {
  const program = await findPgBouncer();
  if ("missing" in program) return program;
  const server = await startApp();
  const front = await startPgBouncer(program, {
    databases: { app: `host=${server.host} port=${server.port}` },
    users: { kollect: PASSWORD },
    settings: { server_login_retry: 1, ...settings },
  });
  const stop = async (): Promise<void> => {
    await front.stop();
    await server.stop();
  };
  return { values: valuesOf(front), stop };
}

function valuesOf({ host, port }: { readonly host: string; readonly port: number }): Record<string, string> {
  const values = { host, port: String(port), server: `${host}:${port}`, localhost: `localhost:${port}` };
  return { ...values, password: PASSWORD, encoded: encodeURIComponent(PASSWORD) };
}
