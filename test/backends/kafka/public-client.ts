import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from "kafkajs";
import { describe, expect, it } from "vitest";
import { at, READER, trusting, WRITER, WRONG_PASSWORD, type KafkaStage } from "../../../lab/backends/kafka";
import { refusedPort } from "../../../lab/faults";
import { createAuthority } from "../../../lab/pki";
import type { ListenerName } from "../../../lab/servers/kafka/properties";
import { run } from "./stage";

type Login = { readonly username: string; readonly password: string; readonly mechanism: string };

interface Row {
  readonly name: string;
  readonly listener: ListenerName;
  readonly login?: Login;
  /** Whether the connection uses TLS, and with which authority. */
  readonly tls?: "trusted" | "other authority" | "wrong name";
  /** What the probe finds first; undefined when it reaches the topic. */
  readonly cause?: string;
  /** What the public client says; undefined when it connects. */
  readonly error?: RegExp;
}

const scram = { ...WRITER, mechanism: "SCRAM-SHA-512" };

const ROWS: readonly Row[] = [
  { name: "no login where none is wanted", listener: "PLAIN" },
  ...["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism): Row[] => [
    { name: `a good login by ${mechanism}`, listener: "SASL", login: { ...WRITER, mechanism } },
    {
      name: `a wrong password by ${mechanism}`,
      listener: "SASL",
      login: { ...WRITER, password: WRONG_PASSWORD, mechanism },
      cause: "AuthenticationFailed",
      error: /SASL .* authentication failed|Authentication failed/,
    },
  ]),
  {
    name: "a mechanism that the listener does not offer",
    listener: "SCRAM",
    login: { ...WRITER, mechanism: "PLAIN" },
    cause: "UnsupportedAuthMechanism",
    error: /does not support the requested SASL mechanism/,
  },
  { name: "another user who may log in", listener: "SASL", login: { ...READER, mechanism: "PLAIN" } },
  { name: "TLS with the server's authority", listener: "TLS", login: scram, tls: "trusted" },
  {
    name: "TLS with another authority",
    listener: "TLS",
    login: scram,
    tls: "other authority",
    cause: "TLSUntrusted",
    error: /self-signed certificate|unable to (verify|get)/,
  },
  {
    name: "TLS by a name that the certificate does not have",
    listener: "TLS",
    login: scram,
    tls: "wrong name",
    cause: "TLSNameMismatch",
    error: /does not match certificate's altnames/,
  },
];

/** The probe is built of parts of kafkajs; its public client must come to the same outcome about a connection. */
export function publicClient(stage: KafkaStage): void {
  describe("kafka: the public client of kafkajs comes to the same outcome as the probe", () => {
    it.each(ROWS)("$name", async ({ listener, login, tls, cause, error }) => {
      const [target] = at(stage, listener, tls === "wrong name" ? "127.0.0.1" : "localhost");
      if (!target) throw new Error("the listener has no address");
      const authority = tls === "other authority" ? createAuthority() : stage.authority;
      const report = await run({
        brokers: [target],
        ...(login ? { secret: login } : {}),
        ...(tls ? { tls: trusting(authority.cert) } : {}),
      });
      expect(loginCause(report.failure)).toBe(cause);
      const said = await connect({
        brokers: [`${target.host}:${target.port}`],
        ...(login ? { sasl: sasl(login) } : {}),
        ...(tls ? { ssl: { ca: authority.cert, servername: target.host } } : {}),
      });
      expectSame(said, error);
    });

    it("a port where nothing listens", async () => {
      const { host, port } = await refusedPort();
      const report = await run({ brokers: [{ host, port }] });
      expect(report.failure?.cause).toBe("ConnectionRefused");
      expectSame(await connect({ brokers: [`${host}:${port}`] }), /ECONNREFUSED/);
    });
  });
}

/** A missing right is no matter of the connection, which is all that the public client tells. */
function loginCause(failure: { readonly cause?: string } | undefined): string | undefined {
  return failure?.cause === "PermissionDenied" ? undefined : failure?.cause;
}

function expectSame(said: string | undefined, error: RegExp | undefined): void {
  if (error === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(error);
}

function sasl({ mechanism, username, password }: Login): SASLOptions {
  return { mechanism: mechanism.toLowerCase(), username, password } as SASLOptions;
}

/** What the public client says; undefined when it connects. */
async function connect(config: KafkaConfig): Promise<string | undefined> {
  const kafka = new Kafka({
    clientId: "comparison",
    logLevel: logLevel.NOTHING,
    connectionTimeout: 10_000,
    retry: { retries: 0 },
    ...config,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.describeCluster();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await admin.disconnect();
  }
}
