import { hostPort } from "../../capabilities/probes/messages";
import type { DialTarget } from "../../capabilities/probes/net/dialler";
import { bigqueryCase } from "../backends/bigquery";
import { gitCase } from "../backends/git";
import { keyPair, knownHost } from "../backends/git-keys";
import { kafkaCase, WRITER } from "../backends/kafka";
import { mongodbCase, mongodbUri } from "../backends/mongodb";
import { login, natsCase } from "../backends/nats";
import { dsnUrl, postgresCase } from "../backends/postgres";
import { BUCKET, s3Case } from "../backends/s3";
import type { ProbeCase } from "../backends/run-case";
import { createAccount } from "../servers/google";
import { reply } from "../servers/mongodb-stand-in";

type Values = Readonly<Record<string, string>>;

/** How the sink of one backend is aimed elsewhere, and given credentials that its server refuses. */
export interface Variations {
  /** A sink of this backend at another address, without verified TLS. */
  at(target: DialTarget, values: Values): ProbeCase;
  /** The values of the good sink's Secret with a wrong password, token or key. */
  refuse(values: Values): Values;
  /** The beginning of an answer that never becomes complete. */
  readonly dripBytes: Buffer;
  /** Clients wait for the server's greeting. */
  readonly serverSpeaksFirst?: boolean;
}

const WRONG = "not-the-password-of-anybody";
const FILLER = Buffer.alloc(24_000, "x");
const HTTP_DRIP = Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nx-filler: "), FILLER]);
/** A TLS record with 16 KiB of a handshake message. */
const TLS_DRIP = Buffer.concat([Buffer.from([22, 3, 3, 64, 0, 2, 0, 63, 0, 3, 3]), FILLER]);
const BRANCH = { branch: "main" };

/** By the backend's name. */
export const VARIATIONS: Readonly<Record<string, Variations>> = {
  postgres: {
    at: (target) => postgresCase(dsnUrl({ ...target, query: "sslmode=prefer" })),
    refuse: ({ dsn = "" }) => ({ dsn: withWrongPassword(dsn) }),
    dripBytes: Buffer.concat([Buffer.from("NS\0\0\x60\0application_name\0"), FILLER]),
  },
  mongodb: {
    at: (target) => mongodbCase(mongodbUri({ hosts: [target] })),
    refuse: ({ uri = "" }) => ({ uri: withWrongPassword(uri) }),
    dripBytes: reply({ ismaster: true, text: FILLER.toString() }),
  },
  bigquery: {
    at: (target, secret) =>
      bigqueryCase({ endpoint: `https://${hostPort(target)}`, secret, tls: { insecureSkipVerify: true } }),
    refuse: withOtherKey,
    dripBytes: TLS_DRIP,
  },
  git: {
    at: (target) => gitCase(`http://${hostPort(target)}/inventory.git`, { git: BRANCH }),
    refuse: (values) => ({ ...values, token: WRONG }),
    dripBytes: HTTP_DRIP,
  },
  gitlab: {
    at: (target, secret) => gitCase(`http://${hostPort(target)}/inventory.git`, { type: "gitlab", secret }),
    refuse: (values) => ({ ...values, token: WRONG }),
    dripBytes: HTTP_DRIP,
  },
  "git-ssh": {
    at: (target, secret) =>
      gitCase(`ssh://git@${hostPort(target)}/inventory.git`, {
        // No fault comes so far as to show a host key.
        secret: { ...secret, known_hosts: knownHost(`[${target.host}]:${target.port}`, keyPair()) },
        git: BRANCH,
      }),
    refuse: (values) => ({ ...values, "ssh-privatekey": keyPair().private }),
    dripBytes: Buffer.concat([Buffer.from("SSH-2.0-"), FILLER]),
  },
  s3: {
    at: (target) => s3Case(`http://${hostPort(target)}/${BUCKET}`),
    refuse: (values) => ({ ...values, secretAccessKey: WRONG }),
    dripBytes: HTTP_DRIP,
  },
  gcs: {
    at: (target, secret) => s3Case(`http://${hostPort(target)}/${BUCKET}`, { type: "gcs", secret }),
    refuse: withOtherKey,
    dripBytes: HTTP_DRIP,
  },
  kafka: {
    at: (target) => kafkaCase({ brokers: [target], secret: WRITER }),
    refuse: (values) => ({ ...values, password: WRONG }),
    dripBytes: Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(60_000)]),
  },
  nats: {
    at: (target) => natsCase({ url: `nats://${hostPort(target)}`, secret: login("kollect") }),
    refuse: (values) => ({ ...values, password: WRONG }),
    dripBytes: Buffer.from(`INFO {"server_id":"${"x".repeat(60_000)}`),
    serverSpeaksFirst: true,
  },
};

/** The field of the one Secret that the case fills, and its values. */
export function filledSecret({ secrets }: ProbeCase): readonly [field: string, values: Values] {
  const filled = Object.entries(secrets).filter(([, values]) => Object.keys(values).length > 0);
  const [first] = filled;
  if (!first || filled.length > 1) throw new Error(`the sink has ${filled.length} Secrets instead of one`);
  return first;
}

function withWrongPassword(uri: string): string {
  const changed = new URL(uri);
  changed.password = WRONG;
  return changed.href;
}

/** The key file with a key that is not the account's. */
function withOtherKey(values: Values): Values {
  const keyFile = JSON.parse(values["credentials.json"] ?? "{}") as Record<string, unknown>;
  const { private_key } = createAccount("kollect").file;
  return { ...values, "credentials.json": JSON.stringify({ ...keyFile, private_key }) };
}
