import { failed, FailureError } from "../../domain/failure";
import { hostPort, quoted } from "../messages";
import type { DialTarget, SecureOptions } from "../net/dialler";
import { orDestroy } from "../net/sockets";
import type { ProbeContext } from "../probe";
import { blamingSent } from "../secrets/secret-values";
import { openChannel, type Channel } from "./channel";
import { EXPORTER_MECHANISM } from "./credentials";
import { kafkaFailure, OK, words, type KafkaWhere } from "./errors";
import type { KafkaPlan } from "./plan";
import { API_KEYS, apiVersionsRequest, readApiVersions, type ApiVersions } from "./requests";
import { authenticate } from "./sasl";

/** A connection to one broker, ready for requests. */
export interface Session {
  readonly broker: DialTarget;
  readonly where: KafkaWhere;
  readonly channel: Channel;
  readonly versions: ApiVersions;
}

/** Connects to a broker and logs in. Rejects with `FailureError` or the signal's reason. */
export async function openSession(
  plan: KafkaPlan,
  broker: DialTarget,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Session> {
  const where = { endpoint: hostPort(broker), host: broker.host, plan };
  const socket = await context.dialler.connect(broker, signal);
  return orDestroy(socket, signal, async () => {
    noteTls(plan, context);
    const secured = plan.tls
      ? await context.dialler.secure(socket, secureOptions(plan.tls, broker), signal)
      : socket;
    const channel = openChannel(secured, where, signal);
    const versions = await logIn(channel, where, context);
    return { broker, where, channel, versions };
  });
}

function noteTls({ tls, credentials }: KafkaPlan, { recorder }: ProbeContext): void {
  if (!tls) {
    recorder.insecure("PlainText");
    recorder.skipped("TLS", "spec.tls sets no authority and does not skip verification");
    return;
  }
  recorder.limited("TLSUnsupported");
  if (tls.clientCertificate && !credentials) recorder.limited("ClientCertificateIgnored", "fails");
}

function secureOptions(tls: NonNullable<KafkaPlan["tls"]>, broker: DialTarget): SecureOptions {
  return { ...tls, servername: broker.host };
}

function logIn(
  channel: Channel,
  where: KafkaWhere,
  { recorder, derivationTurn }: ProbeContext,
): Promise<ApiVersions> {
  const { credentials, tls } = where.plan;
  if (!credentials) {
    const why = tls?.clientCertificate
      ? "the client certificate is sent during TLS"
      : "no credentials are set";
    recorder.skipped("Authenticate", why);
    return recorder.phase("Verify", () =>
      askVersions(channel, where).catch((error: unknown) => {
        throw explainCertificate(error, where);
      }),
    );
  }
  return recorder.phase("Authenticate", async () => {
    const versions = await askVersions(channel, where);
    if (!versions.has(API_KEYS.saslAuthenticate)) {
      throw failed(
        "ProtocolError",
        `Kafka at ${where.endpoint} is older than 1.0 and cannot report whether a login failed. Upgrade the broker.`,
      );
    }
    await authenticate(channel, credentials, { where, derivationTurn }).catch((error: unknown) => {
      throw blamingSent(error, credentials.sent);
    });
    if (credentials.mechanism !== EXPORTER_MECHANISM) recorder.limited("MechanismIgnored", "fails");
    return versions;
  });
}

async function askVersions(channel: Channel, where: KafkaWhere): Promise<ApiVersions> {
  const { code, versions } = await channel.ask(apiVersionsRequest(), readApiVersions);
  if (code !== OK) throw kafkaFailure(code, where);
  return versions;
}

/** Brokers that require a login close the connection at the first request; the failure says what the sink lacks. */
export function explainCut(error: unknown, where: KafkaWhere): unknown {
  const isCut = error instanceof FailureError && error.failure.cause === "Unreachable";
  return isCut && !where.plan.credentials
    ? failed("AuthenticationFailed", wantsLogin(where), error)
    : explainCertificate(error, where);
}

/** Brokers that require a client certificate refuse a client without one after the handshake, at once or later. */
function explainCertificate(error: unknown, where: KafkaWhere): unknown {
  const { credentials, tls } = where.plan;
  const isRefused = error instanceof FailureError && error.failure.cause === "AuthenticationFailed";
  return isRefused && !credentials && !tls?.clientCertificate
    ? failed("AuthenticationFailed", wantsCertificate(where), error)
    : error;
}

function wantsLogin(where: KafkaWhere): string {
  const { secret, lookAlike } = where.plan;
  const lacking = secret
    ? `Add the keys username and password to Secret ${quoted(secret)}`
    : "Set spec.kafka.secretRef to a Secret with username and password";
  return (
    `${words(where).server} closed the connection at the first request, as brokers do that require a login. ` +
    `${lacking}, or use another listener.${lookAlike ? ` ${lookAlike}` : ""}`
  );
}

function wantsCertificate(where: KafkaWhere): string {
  return (
    `${words(where).server} requires a client certificate, and the sink has none. ` +
    "Use a listener with SASL: the exporter sends no client certificate."
  );
}
