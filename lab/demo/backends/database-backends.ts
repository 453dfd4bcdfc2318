import { bigqueryCase, DATASETS, PROJECT } from "../../backends/bigquery";
import { mongodbCase, mongodbUri, PASSWORD, USER } from "../../backends/mongodb";
import { dsnUrl, postgresCase, trusting } from "../../backends/postgres";
import { startBigquery } from "../../servers/bigquery";
import { startFerretdb } from "../../servers/ferretdb";
import { createAccount } from "../../servers/google";
import { orStop, type Backend } from "./backend";

const BIGQUERY_RIGHTS = [
  "bigquery.datasets.get",
  "bigquery.jobs.create",
  "bigquery.tables.get",
  "bigquery.tables.updateData",
];

export const postgres: Backend = {
  name: "postgres",
  server: "the PostgreSQL of the acts before",
  needs: [],
  start: ({ postgres: { host, port }, sample: { user, password, database, table } }) => {
    const dsn = dsnUrl({ host, port, user, password, database, query: "sslmode=require" });
    // It belongs to the demo, which stops it.
    return Promise.resolve({ probeCase: postgresCase(dsn, { table }), stop: () => Promise.resolve() });
  },
};

export const mongodb: Backend = {
  name: "mongodb",
  server: "FerretDB",
  needs: ["go"],
  program: "ferretdb",
  start: async ({ authority }) => {
    const server = await startFerretdb({ tls: authority.issue({ names: ["localhost"] }) });
    return orStop(server.stop, async () => {
      await server.command(server.authSource, { createUser: USER, pwd: PASSWORD, roles: [] });
      await server.command("inventory", { create: "items" });
      const hosts = [{ host: "localhost", port: server.tlsPort }];
      const uri = mongodbUri({ hosts, query: `authSource=${server.authSource}` });
      return mongodbCase(uri, { tls: trusting(authority.cert) });
    });
  },
};

export const bigquery: Backend = {
  name: "bigquery",
  server: "a stand-in that checks tokens as Google does",
  needs: [],
  start: async ({ authority }) => {
    const account = createAccount("kollect");
    const server = await startBigquery({
      tls: authority.issue({ names: ["localhost"] }),
      grants: new Map([[account, BIGQUERY_RIGHTS]]),
      project: PROJECT,
      datasets: DATASETS,
    });
    const probeCase = bigqueryCase({
      endpoint: `https://localhost:${server.port}`,
      secret: { "credentials.json": server.keyFile(account) },
      tls: trusting(authority.cert),
    });
    return { probeCase, stop: server.close };
  },
};
