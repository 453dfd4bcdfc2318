import { ConnectionStringError, refuseMarks } from "../secrets/connection-string";
import type { UriOptions } from "./uri/options";
import type { UriParts } from "./uri/text";

/** Mechanisms that a probe supports; DEFAULT is the stronger SCRAM of those that the server has for the user. */
export const MECHANISMS = ["DEFAULT", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "MONGODB-X509"] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** Mechanisms of MongoDB that need more than a Secret: another service, a ticket or a helper program. */
export const UNSUPPORTED_MECHANISMS = ["MONGODB-AWS", "MONGODB-OIDC", "GSSAPI", "MONGODB-CR"] as const;
export type UnsupportedMechanism = (typeof UNSUPPORTED_MECHANISMS)[number];

/** The login in a connection string. */
export interface MongoLogin {
  readonly mechanism: Mechanism | UnsupportedMechanism;
  /** Empty only for MONGODB-X509, whose certificate names the user. */
  readonly user: string;
  readonly password?: string;
}

/**
 * The login of a connection string; undefined when it names no user and uses no certificate for one. Source:
 * `validateAuth` and `setDefaultAuthParams` of mongo-driver 1.17.
 */
export function uriCredentials(parts: UriParts, options: UriOptions): MongoLogin | undefined {
  const { user, password } = parts;
  refuseMarks(password);
  const mechanism = mechanismOf(options.get("authmechanism"));
  checkSource(parts, options, mechanism);
  checkProperties(parts, options, mechanism);
  if (mechanism === "MONGODB-X509") return x509(user, password);
  if (user === undefined) {
    if (mechanism === "DEFAULT") return undefined;
    if (isSupported(mechanism)) {
      throw new ConnectionStringError(`has authMechanism=${mechanism}, but names no user`);
    }
    return { mechanism, user: "" };
  }
  if (password === undefined && isSupported(mechanism)) {
    throw new ConnectionStringError("names a user, but no password");
  }
  return { mechanism, user, ...(password === undefined ? {} : { password }) };
}

/** The user's database; `fromDns` is the value of a TXT record, which the string overrides. */
export function authSourceOf(
  login: MongoLogin,
  uri: { readonly authSource?: string; readonly database?: string },
  fromDns?: string,
): string {
  if (login.mechanism === "PLAIN" || login.mechanism === "MONGODB-X509") return "$external";
  return uri.authSource ?? fromDns ?? uri.database ?? "admin";
}

export function isSupported(mechanism: MongoLogin["mechanism"]): mechanism is Mechanism {
  return (MECHANISMS as readonly string[]).includes(mechanism);
}

/** The declared mechanism; an empty one counts as absent. */
function mechanismOf(text: string | undefined): MongoLogin["mechanism"] {
  if (!text) return "DEFAULT";
  const found = [...MECHANISMS, ...UNSUPPORTED_MECHANISMS].find((known) => known === text);
  if (found && found !== "DEFAULT") return found;
  throw new ConnectionStringError(
    `has an authMechanism that is not one of ${MECHANISMS.slice(1).join(", ")}`,
  );
}

/** With PLAIN the driver accepts any source, and uses $external. */
function checkSource(
  { user, database }: UriParts,
  options: UriOptions,
  mechanism: MongoLogin["mechanism"],
): void {
  const source = options.get("authsource");
  if (source === "")
    throw new ConnectionStringError("has an empty authSource: name the database of the user");
  if (mechanism === "MONGODB-X509" && source !== undefined && source !== "$external") {
    throw new ConnectionStringError(`has authMechanism=${mechanism}, whose authSource must be $external`);
  }
  const byPath = user !== undefined && source === undefined && mechanism !== "PLAIN" ? database : undefined;
  if (byPath !== undefined && /[/\\\s"$.\0]/.test(byPath)) {
    throw new ConnectionStringError("has a '/' path that is not the name of a database, and no authSource");
  }
}

function checkProperties({ user }: UriParts, options: UriOptions, mechanism: MongoLogin["mechanism"]): void {
  if (options.get("authmechanismproperties") === undefined || !isSupported(mechanism)) return;
  if (mechanism === "DEFAULT" && user !== undefined) return;
  throw new ConnectionStringError("has authMechanismProperties, which its mechanism does not have");
}

function x509(user: string | undefined, password: string | undefined): MongoLogin {
  if (password === undefined) return { mechanism: "MONGODB-X509", user: user ?? "" };
  throw new ConnectionStringError(
    "has authMechanism=MONGODB-X509 and a password: the client certificate is the login",
  );
}
