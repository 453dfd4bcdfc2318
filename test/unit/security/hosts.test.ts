import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import type { SinkType } from "../../../capabilities/api/vocabulary";
import { isHost } from "../../../capabilities/probes/net/host-name";
import type { Probe } from "../../../capabilities/probes/probe";
import { PROBES } from "../../../capabilities/probes/registry";
import { expectShowable, outcomeOf } from "./hostile";
import { planned, sinkAt } from "./sinks";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const RSA = privateKey.export({ type: "pkcs8", format: "pem" });

function keyFile(token_uri: string): string {
  const account = { type: "service_account", client_email: "kollect@shop.example", private_key: RSA };
  return JSON.stringify({ ...account, token_uri });
}

interface Place {
  readonly type: SinkType;
  /** What the message must name. */
  readonly names: RegExp;
  /** `url`: browsers' rules make an ASCII name of an international one before anybody looks at it. */
  readonly form: "url" | "plain";
  readonly endpoint?: (host: string) => string;
  readonly secret?: (host: string) => Record<string, string>;
}

const HMAC = { accessKeyID: "GOOG1", secretAccessKey: "x" };
const LOGIN = { username: "u", password: "secret" };

/** As a connection string has to write it; half a pair of surrogates becomes the replacement character. */
function encoded(host: string): string {
  return encodeURIComponent(Buffer.from(host).toString());
}

/** Every place where a sink or its Secret can say which host is dialled. */
const PLACES: ReadonlyArray<readonly [what: string, place: Place]> = [
  [
    "nats://",
    { type: "nats", names: /spec\.nats\.url/, form: "plain", endpoint: (host) => `nats://${host}:4222` },
  ],
  ["a NATS server", { type: "nats", names: /spec\.nats\.url/, form: "plain", endpoint: (host) => host }],
  [
    "a Kafka broker",
    { type: "kafka", names: /spec\.kafka\.brokers/, form: "plain", endpoint: (host) => `${host}:9092` },
  ],
  [
    "git over https",
    { type: "git", names: /spec\.endpoint/, form: "url", endpoint: (host) => `https://${host}/r.git` },
  ],
  [
    "git over ssh",
    { type: "git", names: /spec\.endpoint/, form: "plain", endpoint: (host) => `ssh://git@${host}/r.git` },
  ],
  [
    "gitlab",
    { type: "gitlab", names: /spec\.endpoint/, form: "url", endpoint: (host) => `https://${host}/r.git` },
  ],
  [
    "s3",
    { type: "s3", names: /spec\.endpoint/, form: "url", endpoint: (host) => `https://${host}/inventory` },
  ],
  [
    "gcs",
    {
      type: "gcs",
      names: /spec\.endpoint/,
      form: "url",
      endpoint: (host) => `https://${host}/b`,
    },
  ],
  [
    "bigquery",
    {
      type: "bigquery",
      names: /spec\.endpoint/,
      form: "url",
      endpoint: (host) => `https://${host}`,
      secret: () => ({ "credentials.json": keyFile("https://oauth2.googleapis.com/token") }),
    },
  ],
  [
    "the token_uri of gcs",
    {
      type: "gcs",
      names: /credentials\.json .*token_uri/,
      form: "url",
      endpoint: () => "gs://inventory",
      secret: (host) => ({ "credentials.json": keyFile(`https://${host}/token`) }),
    },
  ],
  [
    "the token_uri of bigquery",
    {
      type: "bigquery",
      names: /credentials\.json .*token_uri/,
      form: "url",
      secret: (host) => ({ "credentials.json": keyFile(`https://${host}/token`) }),
    },
  ],
  [
    "a PostgreSQL URL",
    {
      type: "postgres",
      names: /dsn of Secret keys/,
      form: "plain",
      secret: (host) => ({ dsn: `postgres://u:p@${encoded(host)}/app` }),
    },
  ],
  [
    "PostgreSQL keywords",
    {
      type: "postgres",
      names: /dsn of Secret keys/,
      form: "plain",
      secret: (host) => ({ dsn: `user=u password=p host='${host.replace(/['\\]/g, "\\$&")}'` }),
    },
  ],
  [
    "mongodb://",
    {
      type: "mongodb",
      names: /uri of Secret keys/,
      form: "plain",
      secret: (host) => ({ uri: `mongodb://u:p@${encoded(host)}/app` }),
    },
  ],
  [
    "mongodb+srv://",
    {
      type: "mongodb",
      names: /uri of Secret keys/,
      form: "plain",
      secret: (host) => ({ uri: `mongodb+srv://u:p@${encoded(host)}/app` }),
    },
  ],
];

/** Refused wherever they stand. */
const NO_HOSTS = [
  ...["\0", "d\0b.shop", "\u0001db.shop", "db\u001b[31m.shop", "db\u007f.shop", "db\nshop", "db shop"],
  ...[
    "db\u202e.shop",
    "db\ud800.shop",
    "-db.shop",
    "db..shop",
    "db.-shop",
    "db%00.shop",
    "db%20.shop",
    "[db.shop",
  ],
  ...["db.shop?x=1#y", "db\\shop:x", "d^b.shop", "d|b.shop", "<db>.shop", "d*b.shop", "d$b.shop"],
  `${"a".repeat(64)}.shop`,
];

/** Refused, or read as the ASCII name that a URL makes of them. */
const INTERNATIONAL: Readonly<Record<string, string>> = {
  "bücher.example": "xn--bcher-kva.example",
  "😀.example": "xn--e28h.example",
  "ｄｂ.example": "db.example",
  "db。example": "db.example",
  "d\u00adb.example": "db.example",
  "d\u200bb.example": "db.example",
};

function plan(place: Place, host: string): ReturnType<typeof outcomeOf<{ readonly endpoint: string }>> {
  const sink: Sink = sinkAt(place.type, place.endpoint?.(host) ?? "");
  const data = Object.entries(place.secret?.(host) ?? { ...LOGIN, ...HMAC }).map(
    ([key, text]) => [key, Buffer.from(text)] as const,
  );
  return outcomeOf(() => planned(PROBES[place.type] as Probe, sink, new Map(data)));
}

describe.each(PLACES)("the host of %s", (_what, place) => {
  it.each(NO_HOSTS)("is never %j", (host) => {
    const { failure, value } = plan(place, host);
    expect(value?.endpoint).toBeUndefined();
    expect(["InvalidConfiguration", "SecretValueInvalid"]).toContain(failure?.cause);
    expectShowable({ message: failure?.message ?? "" });
    expect(failure?.message).toMatch(place.names);
    expect(failure?.message).not.toContain("secret");
  });

  it.each(Object.entries(INTERNATIONAL))("%s is ASCII or refused", (host, ascii) => {
    const { failure, value } = plan(place, host);
    if (place.form === "plain" || failure) expect(failure?.message).toMatch(place.names);
    else if (place.endpoint?.(host) !== place.endpoint?.("")) expect(value?.endpoint).toContain(ascii);
    expect(isHost(ascii)).toBe(true);
  });
});
