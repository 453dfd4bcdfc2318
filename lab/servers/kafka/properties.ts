import type { Issued } from "../../pki";

/** What each listener of a test broker is for. */
export type ListenerName =
  /** Plain text, no login. */
  | "PLAIN"
  /** Plain text with every SASL mechanism. */
  | "SASL"
  /** Plain text with SCRAM-SHA-256 alone. */
  | "SCRAM"
  /** TLS with every SASL mechanism. */
  | "TLS"
  /** TLS where the client must show a certificate. */
  | "MTLS"
  /** TLS with a certificate that has expired. */
  | "EXPIRED"
  /** Advertises a metadata address. */
  | "METADATA"
  /** Advertises a port where nothing listens. */
  | "NOWHERE"
  /** Advertises a name that does not resolve. */
  | "NAMELESS"
  | "CONTROLLER";

export interface NodeSettings {
  readonly id: number;
  readonly folder: string;
  /** One per listener, in the order of {@link LISTENERS}. */
  readonly ports: readonly number[];
  readonly tls: { readonly valid: Issued; readonly expired: Issued; readonly clientCa: string };
  readonly users: Readonly<Record<string, string>>;
  readonly plainUsers?: Readonly<Record<string, string>>;
  readonly scram512Users?: Readonly<Record<string, string>>;
  /** Of the first node; absent for the first node itself. */
  readonly controllerPort?: number;
}

const LISTENERS: ReadonlyArray<readonly [ListenerName, protocol: string, advertised?: string]> = [
  ["PLAIN", "PLAINTEXT"],
  ["SASL", "SASL_PLAINTEXT"],
  ["SCRAM", "SASL_PLAINTEXT"],
  ["TLS", "SASL_SSL"],
  ["MTLS", "SSL"],
  ["EXPIRED", "SASL_SSL"],
  ["METADATA", "PLAINTEXT", "169.254.169.254:80"],
  ["NOWHERE", "PLAINTEXT", "127.0.0.1:1"],
  ["NAMELESS", "PLAINTEXT", "broker.invalid:9092"],
  ["CONTROLLER", "PLAINTEXT"],
];

/** The configuration file of a node, and the port of each listener. */
export function properties(settings: NodeSettings): {
  readonly text: string;
  readonly ports: Readonly<Record<ListenerName, number>>;
} {
  const { id, ports: numbers, folder } = settings;
  const ports = Object.fromEntries(LISTENERS.map(([name], index) => [name, numbers[index] ?? 0])) as Record<
    ListenerName,
    number
  >;
  const isFirst = settings.controllerPort === undefined;
  const own = LISTENERS.filter(([name]) => isFirst || name !== "CONTROLLER");
  const brokers = own.filter(([name]) => name !== "CONTROLLER");
  const lines = {
    "process.roles": isFirst ? "broker,controller" : "broker",
    "node.id": id,
    "controller.quorum.voters": `1@127.0.0.1:${settings.controllerPort ?? ports.CONTROLLER}`,
    "controller.listener.names": "CONTROLLER",
    listeners: own.map(([name]) => `${name}://127.0.0.1:${ports[name]}`).join(","),
    "advertised.listeners": brokers
      .map(([name, , advertised]) => `${name}://${advertised ?? `localhost:${ports[name]}`}`)
      .join(","),
    "listener.security.protocol.map": LISTENERS.map(([name, protocol]) => `${name}:${protocol}`).join(","),
    "inter.broker.listener.name": "PLAIN",
    "log.dirs": folder,
    "auto.create.topics.enable": true,
    "offsets.topic.replication.factor": 1,
    // The defaults are for machines of their own.
    "log.cleaner.dedupe.buffer.size": 2 * 1024 * 1024,
    "num.network.threads": 1,
    "num.io.threads": 2,
    "background.threads": 2,
    // How soon a dead broker is noticed.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 400,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "allow.everyone.if.no.acl.found": false,
    ...login("sasl", settings, ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]),
    ...login("scram", settings, ["SCRAM-SHA-256"]),
    ...login("tls", settings, ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]),
    ...login("expired", settings, ["PLAIN"]),
    ...keyStore("tls", settings.tls.valid),
    ...keyStore("mtls", settings.tls.valid),
    ...keyStore("expired", settings.tls.expired),
    "listener.name.mtls.ssl.client.auth": "required",
    "listener.name.mtls.ssl.truststore.type": "PEM",
    "listener.name.mtls.ssl.truststore.certificates": settings.tls.clientCa,
  };
  return { text: Object.entries(lines).map(line).join(""), ports };
}

function login(
  listener: string,
  { users, plainUsers = {} }: NodeSettings,
  mechanisms: readonly string[],
): Record<string, string> {
  const name = `listener.name.${listener}`;
  const plain = Object.entries({ ...users, ...plainUsers }).map(
    ([user, password]) => ` user_${user}="${password}"`,
  );
  const jaas: Record<string, string> = {
    PLAIN: `org.apache.kafka.common.security.plain.PlainLoginModule required${plain.join("")};`,
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    OAUTHBEARER:
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required " +
      'unsecuredLoginStringClaim_sub="broker";',
  };
  return {
    [`${name}.sasl.enabled.mechanisms`]: mechanisms.join(","),
    ...Object.fromEntries(
      mechanisms.map((each) => [`${name}.${each.toLowerCase()}.sasl.jaas.config`, jaas[each] ?? ""]),
    ),
  };
}

function keyStore(listener: string, { cert, key }: Issued): Record<string, string> {
  const name = `listener.name.${listener}.ssl.keystore`;
  return { [`${name}.type`]: "PEM", [`${name}.certificate.chain`]: cert, [`${name}.key`]: key };
}

function line([name, value]: readonly [string, string | number | boolean]): string {
  return `${name}=${String(value).trim().replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
}
