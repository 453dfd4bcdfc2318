import { failed } from "../../../domain/failure";
import type { Recorder } from "../../probe";
import type { JetStreamAnswer } from "./answers";
import { words, type NatsWhere } from "../errors";
import { fieldsOf, type Fields } from "../protocol/fields";

interface Limit {
  readonly isReached: (account: Fields, stream: "exists" | "missing" | "unknown") => boolean;
  readonly say: (server: string) => string;
}

/**
 * Limits of an account that apply to the exporter's stream even when it is empty. A limit of 0 on storage is a limit,
 * but 0 on streams means no limit (tried on nats-server 2.15.2).
 */
const LIMITS: readonly Limit[] = [
  {
    isReached: ({ limits, streams }, stream) =>
      stream === "missing" &&
      isPositive(limitIn(limits, "max_streams")) &&
      typeof streams === "number" &&
      streams >= Number(limitIn(limits, "max_streams")),
    say: (server) =>
      `${server} has reached the account's limit of streams. Raise max_streams of the account.`,
  },
  {
    isReached: ({ limits }) => limitIn(limits, "max_storage") === 0,
    say: (server) => `${server} allows the account no file storage. Raise max_file of the account.`,
  },
  {
    isReached: ({ limits }) => limitIn(limits, "max_bytes_required") === true,
    say: (server) =>
      `${server} requires max_bytes for every stream of the account, and the exporter sets none. ` +
      "Turn max_bytes_required of the account off.",
  },
];

/**
 * Throws `FailureError` `PermissionDenied` for a limit that excludes the exporter's stream. Only a write shows whether
 * the remaining space is enough.
 */
export function checkAccount(
  answer: JetStreamAnswer,
  stream: "exists" | "missing" | "unknown",
  { where, recorder }: { readonly where: NatsWhere; readonly recorder: Recorder },
): void {
  if (answer.kind !== "fields") {
    recorder.unproven(
      "nats:AccountLimits",
      "OnlyAWriteTells",
      "the user may not query $JS.API.INFO for them",
    );
    return;
  }
  const account = tierOf(answer.fields);
  const reached = LIMITS.find(({ isReached }) => isReached(account, stream));
  if (reached) throw failed("PermissionDenied", reached.say(words(where).server));
  if (isPositive(limitIn(account.limits, "max_storage"))) {
    recorder.unproven("nats:AccountLimits", "OnlyAWriteTells", "the account's file storage is limited");
  }
}

/** The account, or its tier of streams with one replica, which the exporter's stream has. */
function tierOf(account: Fields): Fields {
  const tiers = fieldsOf(account.tiers);
  return Object.keys(tiers).length > 0 ? fieldsOf(tiers.R1) : account;
}

function limitIn(limits: unknown, name: string): unknown {
  return fieldsOf(limits)[name];
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}
