import type { Reply } from "../protocol/replies";
import { NO_RESPONDERS, notNats, type NatsWhere } from "../errors";
import { fieldsOf, type Fields } from "../protocol/fields";

/** JetStream's answer to a request: its fields, or the code of an error. */
export type JetStreamAnswer =
  | { readonly kind: "fields"; readonly fields: Fields }
  | { readonly kind: "error"; readonly code: number }
  | { readonly kind: "none" };

/**
 * Parses a reply of JetStream. `none` is a request that could not be sent or was not answered in time. Throws
 * `FailureError` `ProtocolError` for an answer that is not JSON.
 */
export function jetStreamAnswer(reply: Reply | undefined, where: NatsWhere): JetStreamAnswer {
  if (reply?.kind !== "answer") return { kind: "none" };
  if (reply.status === NO_RESPONDERS) return { kind: "error", code: NO_RESPONDERS };
  const fields = parsed(reply.payload);
  if (!fields) throw notNats(where);
  const { error } = fields;
  if (typeof error !== "object" || error === null) return { kind: "fields", fields };
  const { err_code: code } = error as Fields;
  return { kind: "error", code: typeof code === "number" ? code : 0 };
}

/** The JSON of an answer; undefined when it is not JSON. */
export function parsed(payload: Buffer): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(payload.toString("utf8")));
  } catch {
    return undefined;
  }
}
