import { createAccount } from "../servers/google/stand-in";
import type { Values } from "./backend";

/** Credentials that no server of the lab accepts. */
export const WRONG = "not-the-password";

export const FILLER = Buffer.alloc(24_000, "x");
/** A status line, and a header that never ends. */
export const HTTP_DRIP = Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nx-filler: "), FILLER]);
/** A TLS record with 16 KiB of a handshake message. */
export const TLS_DRIP = Buffer.concat([Buffer.from([22, 3, 3, 64, 0, 2, 0, 63, 0, 3, 3]), FILLER]);

/** The connection string with a password that the server refuses. */
export function withWrongPassword(uri: string): string {
  const changed = new URL(uri);
  changed.password = WRONG;
  return changed.href;
}

/** The service account's key file with a key that is not the account's. */
export function withOtherKey(values: Values): Values {
  const keyFile = JSON.parse(values["credentials.json"] ?? "{}") as Record<string, unknown>;
  const { private_key } = createAccount("kollect").file;
  return { ...values, "credentials.json": JSON.stringify({ ...keyFile, private_key }) };
}
