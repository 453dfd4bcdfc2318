import { failed } from "../../../domain/failure";
import { NotPermittedToAsk } from "../../not-permitted";
import type { Recorder } from "../../probe";
import { checkAccount } from "./account";
import { jetStreamAnswer, type JetStreamAnswer } from "./answers";
import { INVALID_JSON, jetStreamFailure, STREAM_NOT_FOUND, words } from "../errors";
import { textsIn, type Fields } from "../protocol/fields";
import { isReserved } from "./reserved";
import type { Session } from "../session";
import { conflictIn, holdsSubject, isOverwritten } from "./stream-config";
import type { Survey } from "./survey";

/** State of the sink's stream: its configuration, that it exists or not, or unknown. */
export interface StreamState {
  readonly kind: "exists" | "missing" | "unknown";
  readonly config?: Fields;
}

/**
 * Checks that JetStream, stream and account meet the needs of the exporter's update and publish. Rejects with
 * `FailureError`, and `NotPermittedToAsk` when no request was permitted.
 */
export async function verify(session: Session, asked: Survey, recorder: Recorder): Promise<StreamState> {
  const { where } = session;
  checkSubject(session);
  const reply = await asked.stream;
  if (reply?.kind === "no-inbox") throw new NotPermittedToAsk();
  const info = jetStreamAnswer(reply, where);
  const stream = streamIn(info, session);
  if (stream.kind !== "missing" && !stream.config) noteUnknown(recorder, where.plan.stream);
  if (stream.config) checkStream(stream.config, session, recorder);
  const update = jetStreamAnswer(await asked.update, where);
  if (update.kind === "error" && update.code !== INVALID_JSON) throwKnown(update.code, session);
  const names = jetStreamAnswer(await asked.streamNames, where);
  const found = checkNames(names, stream, { session, recorder });
  const account = jetStreamAnswer(await asked.account, where);
  checkAccount(account, stream.kind, { where, recorder });
  if ([info, update, names, account].every(({ kind }) => kind === "none")) throw new NotPermittedToAsk();
  return found;
}

function checkSubject({ where, version }: Session): void {
  const { subject } = words(where);
  if (!isReserved(where.plan.subject, version)) return;
  throw failed(
    "InvalidConfiguration",
    `Subject ${subject} overlaps with those that NATS reserves ($JS.>, $SYS.>). Use another spec.nats.subject.`,
  );
}

function streamIn(info: JetStreamAnswer, { where }: Session): StreamState {
  if (info.kind === "none") return { kind: "unknown" };
  if (info.kind === "error" && info.code === STREAM_NOT_FOUND) return { kind: "missing" };
  if (info.kind === "error") throw jetStreamFailure(info.code, where);
  const { config } = info.fields;
  return typeof config === "object" && config !== null
    ? { kind: "exists", config: config as Fields }
    : { kind: "exists" };
}

function noteUnknown(recorder: Recorder, stream: string): void {
  recorder.unproven(
    "nats:StreamConfiguration",
    "NotAnswered",
    `the user may not query $JS.API.STREAM.INFO.${stream}`,
  );
}

function checkStream(config: Fields, { where, version }: Session, recorder: Recorder): void {
  const conflict = conflictIn(config, version);
  if (conflict) {
    const { server, stream } = words(where);
    throw failed(
      "InvalidConfiguration",
      `Stream ${stream} at ${server} ${conflict.has}, which the exporter's update cannot change. ` +
        `Recreate it ${conflict.instead}, or use a dedicated stream and subject for the sink.`,
    );
  }
  if (isOverwritten(config, where.plan.subject)) recorder.limited("StreamOverwritten");
}

/** Throws the exporter's failure for a code in the table; any other answer proves nothing. */
function throwKnown(code: number, { where }: Session): void {
  const failure = jetStreamFailure(code, where);
  if (failure.failure.cause !== "ProtocolError") throw failure;
}

/** A subject belongs to one stream; the list of streams with it also shows whether the sink's is among them. */
function checkNames(
  names: JetStreamAnswer,
  stream: StreamState,
  { session, recorder }: { readonly session: Session; readonly recorder: Recorder },
): StreamState {
  const { where } = session;
  const { plan } = where;
  const holders = names.kind === "fields" ? streamsIn(names.fields) : undefined;
  if (holders?.some((name) => name !== plan.stream)) {
    const { subject } = words(where);
    throw failed(
      "InvalidConfiguration",
      `Another stream of the account has subject ${subject}, or a part of it. Use another spec.nats.subject, ` +
        `or remove the subject from that stream${listing(plan.subject)}.`,
    );
  }
  if (holders === undefined) noteNames(stream, plan.subject, recorder);
  const isListed = stream.kind === "unknown" && holders?.includes(plan.stream) === true;
  return isListed ? { kind: "exists" } : stream;
}

function noteNames(stream: StreamState, subject: string, recorder: Recorder): void {
  if (stream.config && holdsSubject(stream.config, subject)) return;
  recorder.unproven(
    "nats:StreamSubjects",
    "NotAnswered",
    "the user may not query $JS.API.STREAM.NAMES for another stream with the subject",
  );
}

/** The names of streams; without any the server returns null. */
function streamsIn({ streams }: Fields): readonly string[] | undefined {
  return streams === null || streams === undefined ? [] : textsIn(streams);
}

/** A command that finds the stream, if the subject can be quoted for a shell. */
function listing(subject: string): string {
  return /^[\w.*>$-]{1,64}$/.test(subject) ? ` (nats stream ls --subject '${subject}')` : "";
}
