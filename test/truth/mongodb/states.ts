import type { TruthRow } from "../../../lab/truth/row";
import { COLLECTION, KEY, KEY_INDEX, PRESENT, row, type Scene } from "./scene";

const EXISTING = { provisioning: "existing" } as const;

/** The collection with one index. */
function indexed(name: string, key: object, more: object = {}): object[] {
  return [{ create: COLLECTION }, { createIndexes: COLLECTION, indexes: [{ name, key, ...more }] }];
}

function documents(...inserted: object[]): object[] {
  return [{ insert: COLLECTION, documents: inserted }];
}

/** The key of the first document that the exporter writes. */
const FIRST = {
  inventory_namespace: "shop",
  inventory_name: "inventory",
  target_name: "services",
  source_uid: "uid-0",
};
const UNIQUE = { unique: true };

/** The Secret, the sink's other references, and the state of the collection. */
export const STATES: readonly TruthRow<Scene>[] = [
  row("ensure-missing", "ensure, collection missing", "S"),
  row("ensure-present", "ensure, collection present", "S", { commands: PRESENT }),
  row("existing-missing", "existing, collection missing", "S", EXISTING),
  row("existing-present", "existing, collection present", "S", { ...EXISTING, commands: PRESENT }),
  row("existing-other-case", "existing, the collection is there in other letters", "S", {
    ...EXISTING,
    commands: [{ create: "Items" }],
  }),
  row("duplicates", "ensure, documents without the key fields", "W", {
    commands: documents({ a: 1 }, { a: 2 }),
  }),
  row("duplicates-key", "ensure, two documents with the same key", "W", {
    commands: documents({ ...FIRST, n: 1 }, { ...FIRST, n: 2 }),
  }),
  row("second-cluster", "ensure, another cluster has written the same key", "W", {
    commands: [...indexed(KEY_INDEX, KEY, UNIQUE), ...documents({ ...FIRST, cluster: "other" })],
  }),
  row("second-cluster-existing", "existing, another cluster has written the same key", "W", {
    ...EXISTING,
    commands: [...indexed(KEY_INDEX, KEY, UNIQUE), ...documents({ ...FIRST, cluster: "other" })],
  }),
  row("same-cluster", "ensure, the same cluster has written the same key", "W", {
    commands: [...indexed(KEY_INDEX, KEY, UNIQUE), ...documents({ ...FIRST, cluster: "" })],
  }),
  row("index-there", "ensure, the unique index is there", "S", { commands: indexed(KEY_INDEX, KEY, UNIQUE) }),
  row("index-other-name", "ensure, the unique index has another name", "S", {
    commands: indexed("mine", KEY, UNIQUE),
  }),
  row("index-other-fields", "ensure, the index's name has other fields", "S", {
    commands: indexed(KEY_INDEX, { a: 1 }),
  }),
  row("index-not-unique", "ensure, an index of the fields that is not unique", "W", {
    commands: indexed("mine", KEY),
  }),
  row("index-other-name-existing", "existing, the unique index has another name", "S", {
    ...EXISTING,
    commands: indexed("mine", KEY, UNIQUE),
  }),
  row("index-narrow", "existing, a unique index on target_name", "W", {
    ...EXISTING,
    commands: indexed("narrow", { target_name: 1 }, UNIQUE),
  }),
  row("index-harmless", "existing, an index that is not unique", "S", {
    ...EXISTING,
    commands: indexed("harmless", { target_name: 1 }),
  }),
  row("capped", "ensure, the collection is capped", "W", {
    commands: [{ create: COLLECTION, capped: true, size: 1_000_000 }],
  }),
  row("coll-dollar", "collection name with $", "C", { collection: "it$ems" }),
  row("coll-dot-first", "collection name that begins with a dot", "C", { collection: ".items" }),
  row("coll-dots", "collection name with dots", "C", { collection: "items..of.shop." }),
  row("coll-space", "collection name with a space within", "C", { collection: "my items" }),
  row("coll-trimmed", "collection and database with white space around", "C", {
    collection: ` ${COLLECTION}\n`,
    database: " inventory ",
  }),
  row("coll-blank", "collection name of blanks", "C", { collection: "  " }),
  row("db-space", "database name with a space within", "C", { database: "my inventory" }),
  row("db-dot", "database name with a dot", "C", { database: "my.inventory" }),
  row("db-long", "database name of 64 letters", "C", { database: "d".repeat(64) }),
  row("db-missing", "database that does not exist, mode existing", "S", { ...EXISTING, database: "nowhere" }),
  row("newline", "URI with a newline at its end", "C", { secret: (uri) => ({ uri: `${uri}\n` }) }),
  row("space-around", "URI with white space around it", "C", { secret: (uri) => ({ uri: `  ${uri} \r\n` }) }),
  row("key-unknown", "key dsn (unknown)", "C", { secret: (uri) => ({ dsn: uri }) }),
  row("key-url", "key url", "C", { secret: (url) => ({ url }) }),
  row("key-connection-string", "key connectionString", "C", { secret: (uri) => ({ connectionString: uri }) }),
  row("key-environment", "key MONGODB_URI", "C", { secret: (uri) => ({ MONGODB_URI: uri }) }),
  row("key-case", "key URI (other letters)", "C", { secret: (uri) => ({ URI: uri }) }),
  row("key-blank-first", "key uri blank, key url right", "C", { secret: (url) => ({ uri: " \n", url }) }),
  row("key-bad-first", "key uri bad, key url right", "C", { secret: (url) => ({ uri: "mongodb://", url }) }),
  row("key-all-blank", "all keys blank", "C", { secret: () => ({ uri: "", url: " " }) }),
  row("secret-empty", "a Secret without keys", "C", { secret: () => ({}) }),
  row("databaseref-dangling", "spec.mongodb.databaseRef names a missing Secret", "C", {
    spec: { mongodb: { databaseRef: { name: "nope" }, database: "inventory", collection: COLLECTION } },
  }),
  row("secretref-dangling", "spec.secretRef names a missing Secret", "C", {
    spec: { secretRef: { name: "nope" } },
  }),
  row("secretref-there", "spec.secretRef names a Secret that is not needed", "C", {
    spec: { secretRef: { name: "other" } },
    secrets: () => ({ other: { any: "thing" } }),
  }),
  row("caref-dangling", "tls.caSecretRef names a missing Secret", "C", {
    tls: { caSecretRef: { name: "nope" } },
  }),
  row("endpoint-ignored", "spec.endpoint names another server", "C", {
    spec: { endpoint: "mongodb://nowhere:1/" },
  }),
  row("mode-ensure-written", "mode ensure written out", "C", { provisioning: "ensure" }),
  row("cluster", "spec.cluster is set", "C", { spec: { cluster: "east" } }),
];
