import { failed } from "../../domain/failure";
import { whileWaiting, withTimeout } from "../net/abort";
import { NotPermittedToAsk } from "../not-permitted";
import type { ProbeContext } from "../probe";
import type { Answer } from "./connection";
import { words, type NatsWhere } from "./errors";
import type { Session } from "./session";
import { covers } from "./subject";

/** A user's permission to publish; absent lists restrict nothing. */
export interface PublishRights {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** Answered by servers since 2.9 about the user who asks. */
const USER_INFO = "$SYS.REQ.USER.INFO";
/** A server that does not know the question is silent; an answer takes a round trip. */
const ANSWER_WITHIN_MS = 1000;

/** Asks what the user may publish to. Rejects with {@link NotPermittedToAsk} when the server does not say. */
export async function askRights(
  { connection }: Session,
  context: Pick<ProbeContext, "signal" | "timeoutMs">,
): Promise<PublishRights> {
  const limit = Math.min(ANSWER_WITHIN_MS, Math.floor(context.timeoutMs / 4));
  const silent = (): Error => new NotPermittedToAsk();
  const answer = await withTimeout(context.signal, limit, silent, (signal) =>
    whileWaiting(signal, connection.request(USER_INFO)),
  );
  return rightsIn(answer);
}

function rightsIn({ status, payload }: Answer): PublishRights {
  if (status !== undefined) throw new NotPermittedToAsk();
  const answer = parse(payload);
  if (!("data" in answer)) throw new NotPermittedToAsk();
  const { permissions } = record(answer.data);
  const { allow, deny } = record(record(permissions).publish);
  return { ...(isList(allow) ? { allow } : {}), ...(isList(deny) ? { deny } : {}) };
}

/** Whether messages may be published to the subject, as servers decide it. */
export function mayPublish({ allow, deny = [] }: PublishRights, subject: string): boolean {
  const isAllowed = allow === undefined || allow.length === 0 || allow.some((each) => covers(each, subject));
  return isAllowed && !deny.some((each) => covers(each, subject));
}

/**
 * Throws `FailureError` `PermissionDenied` when the user may not publish to the sink's subject, or may not create
 * the stream that is missing.
 */
export function checkRights(rights: PublishRights, where: NatsWhere, missingStream?: string): void {
  const { subject } = where.plan;
  if (!mayPublish(rights, subject)) throw mayNot(subject, `publish to ${subject}`, where);
  if (missingStream === undefined) return;
  const creation = `$JS.API.STREAM.CREATE.${missingStream}`;
  if (!mayPublish(rights, creation)) {
    throw mayNot(creation, `create stream ${missingStream}, which does not exist yet`, where);
  }
}

function mayNot(subject: string, what: string, where: NatsWhere): Error {
  const { server, who } = words(where);
  return failed(
    "PermissionDenied",
    `${server} does not let ${who} ${what}. Allow its user to publish to ${subject}.`,
  );
}

function parse(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(payload.toString("utf8")));
  } catch {
    throw new NotPermittedToAsk();
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
