import { FailureError } from "../../domain/failure";
import type { ProbeContext } from "../probe";
import { isBindingError } from "./login/channel-binding";
import type { SslMode } from "./dsn/dsn";
import type { DsnHost } from "./dsn/hosts";
import { isRefusedForPlainText, sqlState } from "./errors";
import { isNegotiationError } from "./login/negotiate";
import type { PostgresPlan } from "./plan";
import { connectWith, type Encryption, type Session } from "./session";

/** The encryptions that pgx tries, in order. Source: `configTLS` of pgx, which follows libpq. */
const ATTEMPTS: Readonly<Record<SslMode, readonly Encryption[]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
};

/**
 * Connects to one host as sslmode requires and authenticates. The second attempt of `allow` and `prefer` is
 * made only when the first was refused because of its encryption; a refused password is not sent again.
 * Rejects with `FailureError` or the signal's reason.
 */
export async function openSession(
  plan: PostgresPlan,
  host: DsnHost,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Session> {
  const [first, second] = ATTEMPTS[plan.tls.mode];
  const attempt = { plan, host, context, signal };
  try {
    return await connectWith(first ?? "tls", attempt);
  } catch (error) {
    if (!second || !isAboutEncryption(error)) throw error;
    return await connectWith(second, attempt).catch((again: unknown) => {
      throw again instanceof FailureError && again.failure.cause === "TLSFailed" ? error : again;
    });
  }
}

const NOT_ADMITTED = "28000";

function isAboutEncryption(error: unknown): boolean {
  if (sqlState(error) === NOT_ADMITTED || isRefusedForPlainText(error)) return true;
  if (isNegotiationError(error) || isBindingError(error)) return true;
  return error instanceof FailureError && (error.failure.cause ?? "").startsWith("TLS");
}
