import fc from "fast-check";
import type { SinkType } from "../../capabilities/api/vocabulary";
import type { ProbeCase } from "../../lab/backends/run-case";
import { CANARY } from "./hostile";
import { plainSink, secretsOf } from "./sinks";

/** A place where a password stands among separators, with the password as it is written there. */
interface Place {
  readonly type: SinkType;
  /** The whole value or address. */
  readonly text: (password: string) => string;
  /** The Secret's key that holds it; absent where the sink's address does. */
  readonly key?: string;
}

const PLACES: readonly Place[] = [
  postgres((password) => `postgres://kollect:${password}@db.shop:5432/inventory?sslmode=require`),
  postgres((password) => `postgresql://kollect:${password}@db.shop:5432,db2.shop:5432/inventory`),
  postgres(
    (password) => `host=db.shop port=5432 user=kollect password=${password} dbname=inventory sslmode=require`,
  ),
  postgres((password) => `user=kollect password='${password}' host=db.shop port=5432 dbname=inventory`),
  mongodb((password) => `mongodb://kollect:${password}@db.shop:27017/inventory?authSource=admin`),
  mongodb((password) => `mongodb://kollect:${password}@a.shop:27017,b.shop:27017/?replicaSet=rs0`),
  mongodb((password) => `mongodb+srv://kollect:${password}@db.shop.example/inventory?w=majority`),
  address("nats", (password) => `nats://kollect:${password}@db.shop:4222`),
  address("nats", (password) => `nats://kollect:${password}@a.shop:4222,nats://kollect:x@b.shop:4222`),
  address("git", (password) => `https://kollect:${password}@db.shop/a/b.git`),
  address("git", (password) => `http://kollect:${password}@db.shop:3000/a/b.git#branch=main`),
  address("gitlab", (password) => `https://kollect:${password}@db.shop/a/b.git`),
  address("s3", (password) => `https://kollect:${password}@db.shop:9000/bucket/prefix`),
  address("s3", (password) => `s3://kollect:${password}@bucket/prefix`),
  address("gcs", (password) => `https://kollect:${password}@db.shop:9000/bucket/prefix`),
  address("gcs", (password) => `gs://kollect:${password}@bucket/prefix`),
  address("bigquery", (password) => `https://kollect:${password}@db.shop`),
  address("kafka", (password) => `kollect:${password}@db.shop:9092`),
];

function postgres(text: Place["text"]): Place {
  return { type: "postgres", key: "dsn", text };
}

function mongodb(text: Place["text"]): Place {
  return { type: "mongodb", key: "uri", text };
}

function address(type: SinkType, text: Place["text"]): Place {
  return { type, text };
}

/** What stands in a password, and what readers of connection strings take for something else. */
const SEPARATORS = [
  ..."@:/?#&=,%'\\ ;[]+<|",
  "//",
  "@/",
  "/@",
  "?user=",
  "&user=",
  "?host=",
  " host=",
  " dbname=",
];
const WORDS = [CANARY, CANARY, "S3cr", "et-part", "x", "5432", "", "w=x"];

const password = fc
  .array(fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...SEPARATORS)), { minLength: 1, maxLength: 4 })
  .map((parts) => `${parts.map((part) => part.join("")).join("")}${CANARY}`);

/** How a password gets into a value: as it is, encoded, or encoded but for one character. */
const WRITERS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => encodeURIComponent(text).replace("%40", "@"),
  (text) => encodeURIComponent(text).replaceAll("%2F", "/"),
  (text) => text.replaceAll("%", "%25").replaceAll("/", "%2F"),
];

/** What becomes of the whole value afterwards: nothing, or one of its own separators is encoded or lost. */
const ACCIDENTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text,
  (text) => text.replace(/:(?=[^/])/, "%3A"),
  (text) => text.replace(/@(?=[^@]*$)/, "%40"),
  (text) => text.replace("://", ":/"),
  (text) => ` ${text}\n`,
];
/** What becomes of values of Secrets, too. */
const SECRET_ACCIDENTS = [
  (text: string): string => `"${text}"`,
  (text: string): string => Buffer.from(text).toString("base64"),
];

/** Sinks with a password, the canary in it, that was written with a wrong escaping somewhere. */
export const mangled: fc.Arbitrary<ProbeCase & { readonly type: SinkType; readonly written: string }> = fc
  .tuple(fc.constantFrom(...PLACES), password, fc.constantFrom(...WRITERS), fc.nat())
  .map(([{ type, key, text }, secret, write, accident]) => {
    const accidents = key ? [...ACCIDENTS, ...SECRET_ACCIDENTS] : ACCIDENTS;
    const written = (accidents[accident % accidents.length] ?? String)(text(write(secret)));
    const sink = plainSink(type, key ? "" : written, { name: "keys" });
    return {
      type,
      written,
      sink,
      secrets: secretsOf(type, sink, key ? { [key]: written } : (LOGINS[type] ?? {})),
    };
  });

/** What the Secret holds where the address is in the sink. */
const LOGINS: Readonly<Partial<Record<SinkType, Record<string, string>>>> = {
  nats: {},
  git: { token: "t" },
  gitlab: { token: "t" },
  s3: { accessKeyID: "AKIDEXAMPLE", secretAccessKey: "s" },
  gcs: { accessKeyID: "GOOGEXAMPLE", secretAccessKey: "s" },
  kafka: { username: "kollect", password: "p" },
};
