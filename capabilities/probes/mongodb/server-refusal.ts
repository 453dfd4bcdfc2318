import { failed } from "../../domain/failure";

/**
 * A server's answer that it will not do what it was asked. Carries its code and nothing of its words; 0 is for
 * an answer without a code.
 */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";

  constructor(readonly code: number) {
    super(`refused with code ${code}`);
  }
}

/** For whatever answers at a MongoDB port but does not speak its protocol. */
export function notMongodb(endpoint: string, original?: unknown): Error {
  return failed(
    "ProtocolError",
    `${endpoint} does not speak MongoDB's protocol. Check host and port of the connection string.`,
    original,
  );
}
