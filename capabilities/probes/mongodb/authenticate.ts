import { Plain } from "mongodb/lib/cmap/auth/plain.js";
import { ScramSHA1, ScramSHA256 } from "mongodb/lib/cmap/auth/scram.js";
import { X509 } from "mongodb/lib/cmap/auth/x509.js";
import type { AuthProvider } from "mongodb/lib/cmap/auth/auth_provider.js";
import type { ProbeConnection } from "./connection";
import { isSupported, type Mechanism, type MongoLogin } from "./credentials";
import type { Hello } from "./discovery/hello";

type Chosen = Exclude<Mechanism, "DEFAULT">;

const PROVIDERS: Readonly<Record<Chosen, () => AuthProvider>> = {
  "SCRAM-SHA-256": () => new ScramSHA256(),
  "SCRAM-SHA-1": () => new ScramSHA1(),
  PLAIN: () => new Plain(),
  "MONGODB-X509": () => new X509(),
};

/** The member of the hello request that lets the mechanism be chosen. */
export function mechanismQuestion(login: MongoLogin | undefined, source: string): string | undefined {
  return login?.mechanism === "DEFAULT" ? `${source}.${login.user}` : undefined;
}

/**
 * Authenticates to the server, with the driver's own code. Rejects with `ServerRefusal`, `ScramRefused`, the
 * socket's error, or an error of the driver.
 */
export async function authenticate(
  connection: ProbeConnection,
  login: MongoLogin,
  source: string,
  hello: Pick<Hello, "mechanisms">,
): Promise<void> {
  const context = {
    connection,
    credentials: { username: login.user, password: login.password ?? "", source },
    options: {},
    reauthenticating: false,
  };
  const provider = PROVIDERS[mechanismFor(login, hello)]();
  // Creates the nonce; its result is for a hello that was already sent.
  await provider.prepare({}, context);
  try {
    await provider.auth(context);
  } finally {
    connection.derived();
  }
}

/** Source: MongoDB's specification "Authentication", "Default Authentication Methods". */
export function mechanismFor(login: MongoLogin, { mechanisms }: Pick<Hello, "mechanisms">): Chosen {
  const { mechanism } = login;
  if (!isSupported(mechanism)) throw new Error(`${mechanism} is refused when the plan is made`);
  if (mechanism !== "DEFAULT") return mechanism;
  return !mechanisms || mechanisms.includes("SCRAM-SHA-256") ? "SCRAM-SHA-256" : "SCRAM-SHA-1";
}
