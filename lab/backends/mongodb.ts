import type { KollectDatabaseSink } from "../../capabilities/api/types";
import { trusting } from "../pki";
import { startFerretdb } from "../servers/mongodb/ferretdb";
import { reply } from "../servers/mongodb/stand-in";
import { orStop, type LabBackend, type LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { FILLER, withWrongPassword } from "./variations";

export { trusting } from "../pki";

export const USER = "kollect";
/** Reserved characters, and one that SASLprep maps (the no-break space becomes a space). */
export const PASSWORD = "corr&ct h\u00a0rse/b@ttery:stäple%41";

export interface CaseOverrides {
  readonly database?: string;
  readonly collection?: string;
  readonly provisioning?: "ensure" | "existing";
  readonly tls?: KollectDatabaseSink["spec"]["tls"];
  /** More keys of the URI's Secret. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** A sink of type mongodb whose Secret holds this connection string. */
export function mongodbCase(uri: string, overrides: CaseOverrides = {}): ProbeCase {
  const { database = "inventory", collection = "items", provisioning, tls, keys } = overrides;
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectDatabaseSink",
      metadata: { name: "orders", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: "mongodb",
        mongodb: { databaseRef: { name: "mongo-uri" }, database, collection },
        ...(provisioning ? { provisioning: { mode: provisioning } } : {}),
        ...(tls ? { tls } : {}),
      },
    },
    secrets: { "spec.mongodb.databaseRef": { uri, ...keys } },
  };
}

export interface UriValues {
  readonly hosts: ReadonlyArray<{ readonly host: string; readonly port: number }>;
  /** Null leaves the login out. */
  readonly user?: string | null;
  readonly password?: string;
  /** Behind the question mark. */
  readonly query?: string;
}

/** The values as a connection string, percent-encoded. */
export function mongodbUri({ hosts, user = USER, password = PASSWORD, query }: UriValues): string {
  const login = user === null ? "" : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const names = hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `mongodb://${login}${names.join(",")}/${query ? `?${query}` : ""}`;
}

const ferretdb: LabServer = {
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
  at: (target) => mongodbCase(mongodbUri({ hosts: [target] })),
  refuse: ({ uri = "" }) => ({ uri: withWrongPassword(uri) }),
  // A hello whose document is cut off.
  dripBytes: reply({ ismaster: true, text: FILLER.toString() }),
};

export const mongodb: LabBackend = [ferretdb];
