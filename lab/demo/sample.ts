import { join } from "node:path";
import { readObjects } from "../operator/objects";

/** The page's own example: the names and the address in its files, which the demo does not repeat. */
export interface Sample {
  /** Paths below the project's root. */
  readonly sinkFile: string;
  readonly testFile: string;
  /** Where the sample's DSN says that PostgreSQL is, such as `db.shop:5432`. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly table: string;
  readonly secret: string;
  readonly sink: string;
  readonly test: { readonly namespace: string; readonly name: string };
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

const SINK_FILE = "config/samples/kollect_v1alpha1_kollectdatabasesink.yaml";
const TEST_FILE = "config/samples/kollect_v1alpha1_kollectconnectiontest.yaml";

/** Reads the example's files. Throws when they are not what the demo can show. */
export function readSample(root: string): Sample {
  const objects = [SINK_FILE, TEST_FILE].flatMap((file) => readObjects(join(root, file)));
  const find = <T>(kind: string): T => {
    const found = objects.find((object) => object.kind === kind);
    if (!found) throw new Error(`the sample files hold no ${kind}`);
    return found as T;
  };
  const secret = find<Named & { stringData: { dsn: string } }>("Secret");
  const sink = find<Named & { spec: { postgres: { table: string } } }>("KollectDatabaseSink");
  const { metadata } = find<Named>("KollectConnectionTest");
  const { host, username, password, pathname } = new URL(secret.stringData.dsn);
  return {
    sinkFile: SINK_FILE,
    testFile: TEST_FILE,
    address: host,
    user: username,
    password,
    database: pathname.slice(1),
    table: sink.spec.postgres.table,
    secret: secret.metadata.name,
    sink: sink.metadata.name,
    test: metadata,
  };
}
