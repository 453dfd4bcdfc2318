import { parsed } from "./answers";
import type { Reply } from "../protocol/replies";
import { fieldsOf, textsIn } from "../protocol/fields";
import { matches } from "../subject";

/** A user's permission to publish; absent lists restrict nothing. */
export interface PublishRights {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/**
 * The rights in the answer to `$SYS.REQ.USER.INFO`; undefined when there is none. A user with an empty list of subjects
 * to publish to cannot send the request, so an absent list restricts nothing; neither does `allow_responses`, because
 * it adds rights.
 */
export function rightsIn(reply: Reply | undefined): PublishRights | undefined {
  if (reply?.kind !== "answer" || reply.status !== undefined) return undefined;
  const answer = parsed(reply.payload);
  if (!answer || !("data" in answer)) return undefined;
  const { permissions } = fieldsOf(answer.data);
  const { allow, deny } = fieldsOf(fieldsOf(permissions).publish);
  const [allowed, denied] = [textsIn(allow), textsIn(deny)];
  return { ...(allowed ? { allow: allowed } : {}), ...(denied ? { deny: denied } : {}) };
}

/** Whether messages may be published to the subject, by the servers' rules. */
export function mayPublish({ allow, deny = [] }: PublishRights, subject: string): boolean {
  const isAllowed = allow === undefined || allow.length === 0 || allow.some((each) => matches(each, subject));
  return isAllowed && !deny.some((each) => matches(each, subject));
}
