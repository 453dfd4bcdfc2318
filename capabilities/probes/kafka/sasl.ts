import oauthBearer from "kafkajs/src/broker/saslAuthenticator/oauthBearer.js";
import plain from "kafkajs/src/broker/saslAuthenticator/plain.js";
import scram256, {
  type MechanismProvider,
  type SaslMessage,
} from "kafkajs/src/broker/saslAuthenticator/scram256.js";
import scram512 from "kafkajs/src/broker/saslAuthenticator/scram512.js";
import { failed } from "../../domain/failure";
import type { GiveBack } from "../../lib/turns";
import type { AwaitTurn } from "../net/key-derivation";
import { notKafka, type Channel } from "./channel";
import {
  EXPORTER_MECHANISM,
  PASSWORD_MECHANISMS,
  type KafkaCredentials,
  type Mechanism,
} from "./credentials";
import { kafkaFailure, OK, words, type KafkaWhere } from "./errors";
import {
  readSaslAuthenticate,
  readSaslHandshake,
  saslAuthenticateRequest,
  saslHandshakeRequest,
} from "./requests";

const PROVIDERS: Readonly<Record<Mechanism, MechanismProvider>> = {
  PLAIN: plain,
  "SCRAM-SHA-256": scram256,
  "SCRAM-SHA-512": scram512,
  OAUTHBEARER: oauthBearer,
};

const AUTHENTICATION_FAILED = 58;
const UNSUPPORTED_MECHANISM = 33;
/**
 * Maximum number of rounds: a quarter of a second of one thread of the pool with SHA-512, which takes three times as
 * long as the others. Kafka's own range ends at 16,384.
 */
const MAX_ITERATIONS = 200_000;
const MAX_MESSAGE_BYTES = 16 * 1024;
/** RFC 7628, section 3.2.3: how a client acknowledges that its token was refused. */
const TOKEN_REFUSED = Buffer.from([0, 0, 0, 1, 1]);

/** Logger that discards everything, because kafkajs may quote the server. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Authenticates to the broker, with the mechanisms of kafkajs. Rejects with `FailureError`:
 * `AuthenticationFailed`, `UnsupportedAuthMechanism`, `ProtocolError`.
 */
export async function authenticate(
  channel: Channel,
  credentials: KafkaCredentials,
  { where, derivationTurn }: SaslContext,
): Promise<void> {
  await chooseMechanism(channel, credentials.mechanism, where);
  // The mechanisms wrap the text of errors into their own errors, so the first error is kept separately.
  let fault: Error | undefined;
  let giveBack: GiveBack | undefined;
  const saslAuthenticate = async (message: SaslMessage): Promise<unknown> => {
    // Each message after the first is made from the derived key.
    giveBack?.();
    try {
      const answer = await exchange(channel, message, where);
      giveBack = await derivationTurn(roundsIn(answer));
      return answer;
    } catch (error) {
      fault ??= error as Error;
      throw error;
    }
  };
  const { host } = where;
  try {
    await PROVIDERS[credentials.mechanism](saslOf(credentials))({
      host,
      port: 0,
      logger: SILENT,
      saslAuthenticate,
    }).authenticate();
  } catch (error) {
    throw fault ?? unproven(where, error);
  } finally {
    giveBack?.();
  }
}

interface SaslContext {
  readonly where: KafkaWhere;
  readonly derivationTurn: AwaitTurn;
}

/** Rounds in a parsed message; 0 where it has none. */
function roundsIn(parsed: unknown): number {
  const hasRounds = typeof parsed === "object" && parsed !== null && "i" in parsed;
  return hasRounds ? Number(parsed.i) : 0;
}

async function chooseMechanism(channel: Channel, mechanism: Mechanism, where: KafkaWhere): Promise<void> {
  const { code, offered } = await channel.ask(saslHandshakeRequest(mechanism), readSaslHandshake);
  if (code === UNSUPPORTED_MECHANISM) throw notOffered(mechanism, offered, where);
  if (code !== OK) throw kafkaFailure(code, where);
}

/** The failure names only known mechanisms, because the list comes from the server. */
function notOffered(mechanism: Mechanism, offered: readonly string[], where: KafkaWhere): Error {
  const known = [...PASSWORD_MECHANISMS, "OAUTHBEARER"].filter((each) => offered.includes(each));
  const instead = known.length > 0 ? ` It offers ${known.join(", ")}.` : "";
  const { server, source } = words(where);
  const advice =
    mechanism === EXPORTER_MECHANISM
      ? "Enable it for the listener and give the user a credential of it, or use another listener."
      : `Check the key mechanism beside ${source}, or use another listener.`;
  return failed(
    "UnsupportedAuthMechanism",
    `${server} does not offer SASL ${mechanism} on this port.${instead} ${advice}`,
  );
}

async function exchange(channel: Channel, message: SaslMessage, where: KafkaWhere): Promise<unknown> {
  const { code, message: answer } = await channel.ask(
    saslAuthenticateRequest(await message.request.encode()),
    readSaslAuthenticate,
  );
  if (code !== OK) throw kafkaFailure(code, where);
  if (answer.length > MAX_MESSAGE_BYTES) throw notKafka(where, "other");
  if (!message.response) return acceptToken(channel, answer, where);
  const parsed = await parse(message.response, answer).catch((error: unknown) => {
    throw unproven(where, error);
  });
  checkScram(parsed, where);
  return parsed;
}

async function parse(response: NonNullable<SaslMessage["response"]>, answer: Buffer): Promise<unknown> {
  return response.parse(await response.decode(withSize(answer)));
}

/** A broker that refuses a token reports it in a message and sends the error only after its acknowledgement. */
async function acceptToken(channel: Channel, answer: Buffer, where: KafkaWhere): Promise<void> {
  if (answer.length === 0) return;
  await channel.ask(saslAuthenticateRequest(TOKEN_REFUSED), readSaslAuthenticate);
  throw kafkaFailure(AUTHENTICATION_FAILED, where);
}

function checkScram(parsed: unknown, where: KafkaWhere): void {
  if (typeof parsed !== "object" || parsed === null) return;
  const { i: iterations, e: refusal } = parsed as { readonly i?: string; readonly e?: string };
  if (refusal !== undefined) throw kafkaFailure(AUTHENTICATION_FAILED, where);
  // kafkajs reads digits up to another character: 2000000000e-5 as two billion rounds.
  const isPlain = /^\d{1,10}$/.test(iterations ?? "0");
  if (!isPlain) throw unproven(where);
  if (Number(iterations ?? 0) > MAX_ITERATIONS) throw tooManyRounds(where);
}

function tooManyRounds(where: KafkaWhere): Error {
  const { server, who } = words(where);
  return failed(
    "ProtocolError",
    `${server} asks for more than ${MAX_ITERATIONS.toLocaleString("en")} rounds of SCRAM, which the operator does not ` +
      `compute. Check the address, and create the credential of ${who} again with fewer iterations.`,
  );
}

function unproven(where: KafkaWhere, original?: unknown): Error {
  return failed(
    "ProtocolError",
    `Kafka at ${where.endpoint} did not prove knowledge of the password. ` +
      "Check the address: another server may answer instead.",
    original,
  );
}

function saslOf(credentials: KafkaCredentials): object {
  if (credentials.mechanism !== "OAUTHBEARER") return credentials;
  return { oauthBearerProvider: async () => ({ value: credentials.token }) };
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function ignore(): void {
  // No output of a mechanism may be logged.
}
