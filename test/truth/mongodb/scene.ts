import type { Document } from "mongodb";
import type { KollectDatabaseSink } from "../../../capabilities/api/types";
import { mongodbCase, mongodbUri, type CaseOverrides } from "../../../lab/backends/mongodb";
import { oddCertificate } from "../../../lab/odd-certificates";
import { createAuthority, type Authority, type Issued } from "../../../lab/pki";
import { startFerretdb, type FerretdbServer } from "../../../lab/servers/mongodb/ferretdb";
import { startRoleServer, type RoleServer } from "../../../lab/servers/mongodb/role-server";
import type { FactClass, TruthCase, TruthRow } from "../../../lab/truth/row";

export const USER = { user: "kollect", password: "p%w@d/1:2?x" };
export const DATABASE = "inventory";
export const COLLECTION = "items";
/** The field values that the exporter writes into its key. */
export const KEY = { inventory_namespace: 1, inventory_name: 1, target_name: 1, source_uid: 1 };
export const KEY_INDEX = Object.keys(KEY)
  .map((field) => `${field}_1`)
  .join("_");

/** Servers that the rows share. */
export interface Scene {
  /** FerretDB with a plain port, and one of TLS whose certificate of a private authority is for localhost. */
  readonly ferretdb: FerretdbServer;
  /** The same, but it asks for a client certificate. */
  readonly mutual: FerretdbServer;
  /** FerretDB whose certificate has its name in the Common Name only. */
  readonly nameless: FerretdbServer;
  readonly namelessCertificate: Issued;
  readonly authority: Authority;
  readonly client: Issued;
  /** Holds MongoDB's rules of roles, which FerretDB does not have. */
  readonly roles: RoleServer;
  stop(): Promise<unknown>;
}

export async function startScene(): Promise<Scene> {
  const authority = createAuthority("Truth CA");
  const tls = authority.issue({ names: ["localhost"] });
  const namelessCertificate = oddCertificate({ key: "P-256", commonName: "localhost" });
  const [ferretdb, mutual, nameless, roles] = await Promise.all([
    startFerretdb({ tls }),
    startFerretdb({ tls, clientCa: authority.cert }),
    startFerretdb({ tls: namelessCertificate }),
    startRoleServer(),
  ]);
  for (const server of [ferretdb, mutual, nameless]) {
    await server.command(server.authSource, { createUser: USER.user, pwd: USER.password, roles: [] });
  }
  const client = authority.issue({ names: ["kollect"], client: true });
  const started = { ferretdb, mutual, nameless, roles };
  const stop = (): Promise<unknown> =>
    Promise.all([...[ferretdb, mutual, nameless].map((server) => server.stop()), roles.close()]);
  return { ...started, namelessCertificate, authority, client, stop };
}

/** How a row differs from a working set: FerretDB in plain text, the collection is missing, mode `ensure`. */
export interface Change extends CaseOverrides {
  /** Behind the question mark, instead of `authSource=app`. */
  readonly query?: string;
  /** The whole connection string, from the one that the rest makes. */
  readonly uri?: (uri: string, scene: Scene) => string;
  /** The whole Secret, instead of the connection string under `uri`. */
  readonly secret?: (uri: string, scene: Scene) => Readonly<Record<string, string>>;
  /** Commands to run in the sink's database after it was dropped. */
  readonly commands?: readonly Document[];
  readonly tlsOf?: (scene: Scene) => KollectDatabaseSink["spec"]["tls"];
  readonly at?: (scene: Scene) => { readonly host: string; readonly port: number };
  /** More of the spec, and further Secrets of the namespace. */
  readonly spec?: object;
  readonly secrets?: (scene: Scene) => TruthCase["secrets"];
}

export const PRESENT = [{ create: COLLECTION }];

export function row(id: string, about: string, fact: FactClass, change: Change = {}): TruthRow<Scene> {
  return { id, about, fact, setUp: (scene) => setUp(scene, change) };
}

async function setUp(scene: Scene, change: Change): Promise<TruthCase> {
  for (const server of [scene.ferretdb, scene.mutual, scene.nameless]) {
    await server.command(DATABASE, { dropDatabase: 1 });
  }
  for (const command of change.commands ?? []) await scene.ferretdb.command(DATABASE, command);
  return caseOf(scene, change);
}

function caseOf(scene: Scene, change: Change): TruthCase {
  const uri = uriOf(scene, change);
  const { secret, spec, secrets, tlsOf } = change;
  const tls = tlsOf ? tlsOf(scene) : change.tls;
  const { sink } = mongodbCase(uri, { ...change, ...(tls ? { tls } : {}) });
  return {
    sink: { ...sink, spec: { ...sink.spec, ...spec } } as KollectDatabaseSink,
    secrets: { "mongo-uri": secret ? secret(uri, scene) : { uri }, ...secrets?.(scene) },
  };
}

function uriOf(scene: Scene, { query = "authSource=app", at, uri }: Change): string {
  const made = mongodbUri({ hosts: [at ? at(scene) : scene.ferretdb], ...USER, query });
  return uri ? uri(made, scene) : made;
}

const STAND_IN = "a server with the rules of MongoDB's manual: FerretDB authorizes every action";

/** A row about rights, at the stand-in. */
export function standInRow(
  { id, about, fact = "R" }: { readonly id: string; readonly about: string; readonly fact?: FactClass },
  prepare: (roles: RoleServer) => void,
  overrides: CaseOverrides = {},
): TruthRow<Scene> {
  const prepared = ({ roles }: Scene): Promise<TruthCase> => {
    roles.users.clear();
    roles.roles.clear();
    roles.collections.clear();
    roles.status = undefined;
    prepare(roles);
    const uri = mongodbUri({ hosts: [roles], ...USER, query: "authMechanism=PLAIN" });
    const { sink } = mongodbCase(uri, overrides);
    return Promise.resolve({ sink, secrets: { "mongo-uri": { uri } } });
  };
  return { id, about, fact, standIn: STAND_IN, setUp: prepared };
}
