import type { ProbeContext } from "../../probe";
import type { Reply } from "../protocol/replies";
import type { Session } from "../session";

/** No request that JetStream can read: with the right to send it the answer is an error, and nothing changes. */
const NO_REQUEST = "x";
/** A server that does not know a question is silent; an answer takes a round trip. */
const ANSWER_WITHIN_MS = 1000;

/** The replies to what is asked in one flight; undefined where none came in time. */
export interface Survey {
  readonly update: Promise<Reply>;
  readonly stream: Promise<Reply | undefined>;
  readonly streamNames: Promise<Reply | undefined>;
  readonly account: Promise<Reply | undefined>;
  readonly user: Promise<Reply | undefined>;
}

/** Asks all that does not depend on another answer. */
export function survey(
  { connection, where }: Session,
  { timeoutMs }: Pick<ProbeContext, "timeoutMs">,
): Survey {
  const { stream, subject } = where.plan;
  const [update, ...others] = connection.ask([
    { subject: updateSubject(stream), body: NO_REQUEST },
    { subject: `$JS.API.STREAM.INFO.${stream}` },
    { subject: "$JS.API.STREAM.NAMES", body: JSON.stringify({ subject }) },
    { subject: "$JS.API.INFO" },
    // Answered by servers since 2.10 about the user who asks.
    { subject: "$SYS.REQ.USER.INFO" },
  ]) as [Promise<Reply>, ...Promise<Reply>[]];
  const limit = Math.min(ANSWER_WITHIN_MS, Math.floor(timeoutMs / 4));
  const [info, names, account, user] = inTime(others, limit);
  return { update, stream: info, streamNames: names, account, user } as Survey;
}

/** Asks whether the user may send a request for the stream's creation. */
export async function mayCreate({ connection, where }: Session): Promise<Reply> {
  const [reply] = connection.ask([{ subject: createSubject(where.plan.stream), body: NO_REQUEST }]);
  return reply as Promise<Reply>;
}

export function updateSubject(stream: string): string {
  return `$JS.API.STREAM.UPDATE.${stream}`;
}

export function createSubject(stream: string): string {
  return `$JS.API.STREAM.CREATE.${stream}`;
}

/** The replies, each undefined when the server leaves the question open. The timer ends with the last of them. */
function inTime(replies: readonly Promise<Reply>[], limitMs: number): Promise<Reply | undefined>[] {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  void Promise.allSettled(replies).then(() => clearTimeout(timer));
  return replies.map((reply) => {
    const limited = Promise.race([reply, late]);
    // A reply that is not awaited any more must not end the process.
    limited.catch(() => undefined);
    return limited;
  });
}
