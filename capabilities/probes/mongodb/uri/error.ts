/**
 * What is wrong with a connection string. The message completes "The key uri of Secret mongo-uri …" and never
 * quotes the string beyond the name of an option, because any part of it may be the password.
 */
export class UriError extends Error {
  override readonly name = "UriError";
}
