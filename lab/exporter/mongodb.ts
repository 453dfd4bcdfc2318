import { readFileSync } from "node:fs";
import { checkServerIdentity } from "node:tls";
import {
  MongoClient,
  type AuthMechanism,
  type Collection,
  type Document,
  type MongoClientOptions,
} from "mongodb";
import type { KollectDatabaseSink } from "../../capabilities/api/types";
import type { Exporter, TruthCase } from "../truth/row";
import { readExporterUri, type ExporterUri } from "./mongodb-uri";
import { failedStep, missingSecret } from "./outcome";

/** The exporter's driver looks for a server for 30 s; nothing on loopback takes this long. */
const SELECTION_MS = 1_000;

/**
 * What Kollect 0.18 does with a mongodb sink whose Secret is read, through the driver `mongodb`: ping and
 * `listCollections` without `authorizedCollections` when the backend is made; in mode `ensure` `create` for a collection
 * that is not listed, and always the unique index; for each export one upsert an item, and one delete. Database and
 * collection are trimmed, `spec.tls` and the Secret's client certificate are not read, the two Secret references of
 * every type are. Facts: exporter.md, sections 2.0 and 2.2; the address guard is left out.
 */
export const exportToMongodb: Exporter = async (truthCase, { items, signal }) => {
  const { spec } = truthCase.sink as KollectDatabaseSink;
  const { mongodb } = spec as MongodbSpec;
  const missing = missingSecret(truthCase, mongodb.databaseRef.name);
  if (missing) return missing;
  let step = "connection string";
  let client: MongoClient | undefined;
  try {
    const uri = readExporterUri(uriOf(truthCase, mongodb.databaseRef.name));
    step = "connect";
    client = new MongoClient(`mongodb://${uri.hosts.join(",")}/`, optionsOf(uri));
    const database = client.db(mongodb.database.trim());
    const collection = database.collection(mongodb.collection.trim());
    for await (const each of operations(client, collection, {
      existing: spec.provisioning?.mode === "existing",
      uri,
      cluster: (spec as { cluster?: string }).cluster?.trim() ?? "",
      items,
    })) {
      signal.throwIfAborted();
      step = each;
    }
    return { works: true };
  } catch (error) {
    return failedStep(step, error);
  } finally {
    await client?.close(true);
  }
};

/** What the released version does: it hands no Secret to the backend. Facts: exporter.md, section 2.2. */
export const exportToMongodbAsReleased: Exporter = (truthCase) => {
  const { mongodb } = truthCase.sink.spec as MongodbSpec;
  const empty = failedStep("construction", new Error("mongodb databaseRef secret is empty"));
  return Promise.resolve(missingSecret(truthCase, mongodb.databaseRef.name) ?? empty);
};

interface MongodbSpec {
  readonly mongodb: {
    readonly databaseRef: { readonly name: string };
    readonly database: string;
    readonly collection: string;
  };
}

function uriOf({ secrets }: TruthCase, name: string): string {
  const keys = ["uri", "url", "connectionString", "MONGODB_URI"];
  const values = keys.map((key) => String(secrets[name]?.[key] ?? "").trim());
  const found = values.find((value) => value !== "");
  if (found === undefined) throw new Error("mongodb secret must contain uri or connectionString key");
  return found;
}

function optionsOf(uri: ExporterUri): MongoClientOptions {
  const { user, password, authSource, mechanism, replicaSet, direct, loadBalanced, tls } = uri;
  return {
    serverSelectionTimeoutMS: SELECTION_MS,
    ...(user === undefined ? {} : { auth: { username: user, password } }),
    ...(authSource === undefined ? {} : { authSource: mechanism === "PLAIN" ? "$external" : authSource }),
    ...(mechanism === undefined ? {} : { authMechanism: mechanism as AuthMechanism }),
    ...(replicaSet === undefined ? {} : { replicaSet }),
    ...(direct ? { directConnection: true } : {}),
    ...(loadBalanced ? { loadBalanced } : {}),
    ...(tls ? tlsOptions(tls) : {}),
  };
}

/** As Go judges certificates: a name in the Common Name alone is none. */
function tlsOptions({
  insecure,
  caFile,
  certificateFile,
}: NonNullable<ExporterUri["tls"]>): MongoClientOptions {
  const certificate = certificateFile === undefined ? undefined : readFileSync(certificateFile, "utf8");
  return {
    tls: true,
    rejectUnauthorized: !insecure,
    checkServerIdentity: (host, peer) => {
      if (insecure) return undefined;
      return peer.subjectaltname ? checkServerIdentity(host, peer) : new Error("no subject alternative name");
    },
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, "utf8") }),
    ...(certificate === undefined ? {} : { cert: certificate, key: certificate }),
  };
}

interface Export {
  readonly existing: boolean;
  readonly uri: ExporterUri;
  readonly cluster: string;
  readonly items: number;
}

/** Yields the name of each operation before it is done. */
async function* operations(client: MongoClient, collection: Collection, how: Export): AsyncGenerator<string> {
  const database = client.db(collection.dbName);
  yield "ping";
  await client.db("admin").command({ ping: 1 });
  const { setName } = await client.db("admin").command({ hello: 1 });
  // This driver takes any server with directConnection; the exporter's compares the name of the set.
  if (how.uri.replicaSet !== undefined && setName !== how.uri.replicaSet)
    throw new Error("server selection timeout");
  yield "list collections";
  const listed = await database
    .listCollections({ name: collection.collectionName }, { nameOnly: true })
    .toArray();
  if (listed.length === 0) {
    yield "create collection";
    if (how.existing) throw new Error("the collection does not exist (provisioning.mode=existing)");
    acknowledged(how);
    await database.createCollection(collection.collectionName);
  }
  if (!how.existing) {
    yield "create index";
    acknowledged(how);
    await collection.createIndex(KEY, { unique: true });
  }
  for (const round of [1, 2]) yield* exportOnce(collection, how, round);
}

const KEY = { inventory_namespace: 1, inventory_name: 1, target_name: 1, source_uid: 1 } as const;

/** The exporter's driver returns an error for a write without an acknowledgement, whether it succeeds or not. */
function acknowledged({ uri }: Export): void {
  if (uri.unacknowledged) throw new Error("unacknowledged write");
}

async function* exportOnce(collection: Collection, how: Export, round: number): AsyncGenerator<string> {
  const scope = { inventory_namespace: "shop", inventory_name: "inventory", cluster: how.cluster };
  const items = Array.from({ length: how.items }, (_, at) => ({
    target_name: "services",
    source_uid: `uid-${at}`,
  }));
  yield "upsert";
  acknowledged(how);
  for (const item of items) {
    const filter = { ...scope, ...item };
    await collection.replaceOne(filter, documentOf(filter, round), { upsert: true });
  }
  yield "delete stale";
  await collection.deleteMany({ ...scope, $nor: items });
}

function documentOf(filter: Document, round: number): Document {
  return {
    ...filter,
    resource_namespace: "shop",
    payload: { kind: "Service", round },
    exported_at: new Date(1_760_000_000_000 + round),
  };
}
