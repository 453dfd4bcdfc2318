import type { ProbeContext } from "../../probe";
import type { Reply } from "../protocol/replies";
import type { Session } from "../session";

/** A body that JetStream cannot parse: with the right to send it the answer is an error, and nothing changes. */
const NO_REQUEST = "x";
/** Time to wait for an answer, in milliseconds: it takes a round trip, and a server without the request sends none. */
const ANSWER_WITHIN_MS = 1000;

/** The replies to requests that are sent together; undefined for those without one in time. */
export interface Survey {
  readonly update: Promise<Reply>;
  readonly stream: Promise<Reply | undefined>;
  readonly streamNames: Promise<Reply | undefined>;
  readonly account: Promise<Reply | undefined>;
  readonly user: Promise<Reply | undefined>;
}

/** Sends all requests that do not depend on another answer. */
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
    // Servers since 2.10 answer it for the requesting user.
    { subject: "$SYS.REQ.USER.INFO" },
  ]) as [Promise<Reply>, ...Promise<Reply>[]];
  const limit = Math.min(ANSWER_WITHIN_MS, Math.floor(timeoutMs / 4));
  const [info, names, account, user] = inTime(others, limit);
  return { update, stream: info, streamNames: names, account, user } as Survey;
}

/** Checks whether the user may send a request for the stream's creation. */
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

/** The replies, each undefined when the server does not answer in time. The timer ends with the last of them. */
function inTime(replies: readonly Promise<Reply>[], limitMs: number): Promise<Reply | undefined>[] {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  void Promise.allSettled(replies).then(() => clearTimeout(timer));
  return replies.map((reply) => {
    const limited = Promise.race([reply, late]);
    // The rejection of a reply that is no longer awaited must not end the process.
    limited.catch(() => undefined);
    return limited;
  });
}
