import { stringify } from "yaml";
import { dsnOf, postgresSink, secret } from "../drafts";
import type { PostgresServer } from "../servers/postgres/server";

const NAMESPACE = "shop";
const PASSWORD = "the-right-one";

/** Each sink with the login of its Secret. */
const SINKS = [
  { name: "right-password", user: "kollect", password: PASSWORD },
  { name: "wrong-password", user: "kollect", password: "another-one" },
  { name: "missing-grant", user: "reader", password: PASSWORD },
] as const;

/** Sinks of one server, as the YAML that a person would apply: one that works, and two that do not. */
export async function sinksToTry(server: PostgresServer): Promise<string> {
  await server.sql(`
    CREATE ROLE kollect LOGIN PASSWORD '${PASSWORD}';
    CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}';
    GRANT USAGE, CREATE ON SCHEMA public TO kollect;
  `);
  const { host, port } = server;
  const objects = SINKS.flatMap(({ name, ...login }) => [
    postgresSink(NAMESPACE, name),
    secret(NAMESPACE, name, { dsn: dsnOf({ host, port, ...login }) }),
  ]);
  return objects.map((object) => stringify(object)).join("---\n");
}
