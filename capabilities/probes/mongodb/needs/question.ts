import type { Document } from "mongodb";
import { whileWaiting } from "../../../lib/abort";
import { NotPermittedToAsk } from "../../not-permitted";
import type { Member } from "../discovery/member";
import { mongodbFailure } from "../errors";
import { MAX_LONG_MESSAGE_BYTES } from "../message-guard";
import { ServerRefusal } from "../server-refusal";

/** Unauthorized; AuthenticationFailed, from servers that return it for every request; AtlasError. */
const NOT_PERMITTED_CODES = [13, 18, 8000];

/** Sends a request that the user may lack the right for; throws {@link NotPermittedToAsk} in that case. */
export async function question(
  { connection, where }: Member,
  database: string,
  command: Document,
  signal: AbortSignal,
): Promise<Document> {
  try {
    const answer = connection.command({ db: database }, command, undefined, MAX_LONG_MESSAGE_BYTES);
    return await whileWaiting(signal, answer);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServerRefusal && NOT_PERMITTED_CODES.includes(error.code))
      throw new NotPermittedToAsk();
    throw mongodbFailure(error, { ...where, during: "question" });
  }
}
