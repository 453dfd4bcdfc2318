import { failed } from "../../domain/failure";
import type { Answer } from "./connection";
import { jetStreamFailure, NO_RESPONDERS, notNats, STREAM_NOT_FOUND, words, type NatsWhere } from "./errors";
import type { Session } from "./session";
import { covers } from "./subject";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Asks for the stream and checks that it keeps the sink's subject. Resolves to false when there is no such
 * stream. Rejects with `FailureError`, and `NotPermittedToAsk`.
 */
export async function checkStream({ connection, where }: Session, stream: string): Promise<boolean> {
  const answer = fieldsOf(await connection.request(`$JS.API.STREAM.INFO.${stream}`), where);
  const code = errorCode(answer);
  if (code === STREAM_NOT_FOUND) return false;
  if (code !== undefined) throw jetStreamFailure(code, where);
  checkConfig(record(answer.config), where);
  return true;
}

function checkConfig(config: Fields, where: NatsWhere): void {
  const { server, stream, subject } = words(where);
  const subjects = Array.isArray(config.subjects) ? config.subjects : [];
  if (config.sealed === true) {
    throw failed(
      "PermissionDenied",
      `Stream ${stream} at ${server} is sealed and takes no messages. Name another.`,
    );
  }
  if (typeof config.mirror === "object" && config.mirror !== null) {
    throw failed(
      "PermissionDenied",
      `Stream ${stream} at ${server} is a mirror. Name the stream that it copies.`,
    );
  }
  const isKept = subjects.some(
    (pattern) => typeof pattern === "string" && covers(pattern, where.plan.subject),
  );
  if (!isKept) {
    throw failed(
      "TargetNotFound",
      `Stream ${stream} at ${server} does not keep subject ${subject}. ` +
        "Add the subject to the stream, or check spec.nats.subject and spec.nats.stream.",
    );
  }
}

/** Throws `FailureError` `PermissionDenied` when the account may not hold one more stream. */
export async function checkRoom({ connection, where }: Session): Promise<void> {
  const answer = fieldsOf(await connection.request("$JS.API.INFO"), where);
  const code = errorCode(answer);
  if (code !== undefined) throw jetStreamFailure(code, where);
  const most = record(answer.limits).max_streams;
  if (typeof most !== "number" || most < 0 || Number(answer.streams) < most) return;
  const { server, stream } = words(where);
  throw failed(
    "PermissionDenied",
    `${server} has no stream ${stream}, and its account may hold no more than ${most}. Create it, or raise max_streams.`,
  );
}

function errorCode(answer: Fields): number | undefined {
  if (typeof answer.error !== "object" || answer.error === null) return undefined;
  const { err_code: code } = answer.error as Fields;
  return typeof code === "number" ? code : 0;
}

function fieldsOf({ status, payload }: Answer, where: NatsWhere): Fields {
  if (status === NO_RESPONDERS) throw jetStreamFailure(NO_RESPONDERS, where);
  try {
    return record(JSON.parse(payload.toString("utf8")));
  } catch {
    throw notNats(where);
  }
}

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
