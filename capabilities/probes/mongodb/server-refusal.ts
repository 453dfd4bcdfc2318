import { failed } from "../../domain/failure";

/**
 * A server's refusal of a request. Contains its code and none of its text; 0 is for
 * an answer without a code.
 */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";

  constructor(readonly code: number) {
    super(`refused with code ${code}`);
  }
}

/** The failure for a server at a MongoDB port with another protocol. */
export function notMongodb(endpoint: string, original?: unknown): Error {
  return failed(
    "ProtocolError",
    `${endpoint} is not a MongoDB server. Check host and port of the connection string.`,
    original,
  );
}
