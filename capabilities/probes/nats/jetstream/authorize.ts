import { failed } from "../../../domain/failure";
import { NotPermittedToAsk } from "../../not-permitted";
import { quoted } from "../../messages";
import type { Recorder } from "../../probe";
import { jetStreamAnswer } from "./answers";
import type { Reply } from "../protocol/replies";
import { INVALID_JSON, words, type NatsWhere } from "../errors";
import { mayPublish, rightsIn } from "./rights";
import type { Session } from "../session";
import { createSubject, mayCreate, updateSubject, type Survey } from "./survey";
import type { StreamState } from "./verify";

/** State of a right to publish. */
type Right = "proven" | "missing" | "unproven" | "unneeded";

/**
 * Checks the user's rights for the exporter's actions: receive answers, update or create the stream, publish to the
 * subject. Rejects with `FailureError` `PermissionDenied`, which names all missing rights, and `NotPermittedToAsk`.
 */
export async function authorize(
  session: Session,
  asked: Survey,
  { stream, recorder }: { readonly stream: StreamState; readonly recorder: Recorder },
): Promise<void> {
  const { where } = session;
  const { plan } = where;
  const update = await asked.update;
  if (update.kind === "no-inbox") throw noInbox(where);
  const rights = [
    { subject: plan.subject, right: publishRight(await asked.user, plan.subject, recorder) },
    { subject: updateSubject(plan.stream), right: updateRight(update, where, recorder) },
    { subject: createSubject(plan.stream), right: await createRight(session, stream, recorder) },
  ];
  const missing = rights.filter(({ right }) => right === "missing").map(({ subject }) => subject);
  if (missing.length > 0) throw mayNotPublish(missing, where);
  if (!rights.some(({ right }) => right === "proven")) throw new NotPermittedToAsk();
}

function publishRight(reply: Reply | undefined, subject: string, recorder: Recorder): Right {
  const rights = rightsIn(reply);
  if (rights) return mayPublish(rights, subject) ? "proven" : "missing";
  const why =
    reply?.kind === "refused"
      ? "the user may not query $SYS.REQ.USER.INFO for its rights"
      : "the server does not answer $SYS.REQ.USER.INFO";
  recorder.unproven("nats:PublishSubject", "NotAnswered", why);
  return "unproven";
}

function updateRight(reply: Reply, where: NatsWhere, recorder: Recorder): Right {
  const right = rightIn(reply, where);
  if (right === "unproven") recorder.unproven("nats:PublishStreamUpdate", "NotAnswered", UNKNOWN_ANSWER);
  return right;
}

/** Only a missing stream must be created; if its state is not known, a refusal proves nothing. */
async function createRight(session: Session, stream: StreamState, recorder: Recorder): Promise<Right> {
  if (stream.kind === "exists") return "unneeded";
  const right = rightIn(await mayCreate(session), session.where);
  if (right === "missing" && stream.kind === "unknown") {
    recorder.unproven(
      "nats:PublishStreamCreate",
      "NotAnswered",
      `the user may not publish to ${createSubject(session.where.plan.stream)}, and may not query whether the stream exists`,
    );
    return "unproven";
  }
  if (right === "unproven") recorder.unproven("nats:PublishStreamCreate", "NotAnswered", UNKNOWN_ANSWER);
  return right;
}

const UNKNOWN_ANSWER = "the server's answer does not show whether the user may send the request";

function rightIn(reply: Reply, where: NatsWhere): Right {
  if (reply.kind === "refused") return "missing";
  const answer = jetStreamAnswer(reply, where);
  return answer.kind === "error" && answer.code === INVALID_JSON ? "proven" : "unproven";
}

function noInbox(where: NatsWhere): Error {
  const { server, who } = words(where);
  return failed(
    "PermissionDenied",
    `${server} does not let ${who} receive answers. Add "_INBOX.>" to the subjects that the user may subscribe to.`,
  );
}

function mayNotPublish(missing: readonly string[], where: NatsWhere): Error {
  const { server, who } = words(where);
  const subjects = missing.map((subject) => `"${quoted(subject)}"`).join(", ");
  return failed(
    "PermissionDenied",
    `${server} does not let ${who} publish to all subjects of the exporter. Add ${subjects} to the subjects that the user may publish to.`,
  );
}
