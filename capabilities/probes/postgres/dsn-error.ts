/**
 * What is wrong with a connection string. The message completes "The key dsn of Secret pg-dsn …" and never
 * quotes the string, of which any part may be the password.
 */
export class DsnError extends Error {
  override readonly name = "DsnError";
}
