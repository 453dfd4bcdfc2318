import { failed } from "../../../domain/failure";
import { NotPermittedToAsk } from "../../not-permitted";
import type { ProbeContext } from "../../probe";
import {
  askCollection,
  askIndexes,
  checkCollection,
  checkIndexes,
  loginNeeded,
  noteDoubts,
  type FoundCollection,
} from "./collection";
import type { Member } from "../discovery/member";
import { serverAt, sourceOf } from "../errors";
import { lackingGroups, mayNot } from "./grants";
import { lackingActions, neededActions } from "./privileges";
import { question } from "./question";
import { ServerRefusal } from "../server-refusal";

/** What the server told of the user's privileges. */
export interface Rights {
  /** Undefined when it did not tell them, or there is no login. */
  readonly privileges?: unknown;
  /** Why they are not known. */
  readonly unknown?: string;
}

const NOT_TOLD = "the server does not tell the user's privileges";
export const NOT_PERMITTED = "not permitted to ask";

/** Asks for the user's privileges, which needs no right. */
export async function askRights(member: Member, signal: AbortSignal): Promise<Rights> {
  try {
    const command = { connectionStatus: 1, showPrivileges: true };
    const { authInfo }: { authInfo?: unknown } = await question(member, "admin", command, signal);
    const told =
      typeof authInfo === "object" && authInfo !== null && "authenticatedUserPrivileges" in authInfo;
    return told ? { privileges: authInfo.authenticatedUserPrivileges } : { unknown: NOT_TOLD };
  } catch (error) {
    if (error instanceof NotPermittedToAsk) return { unknown: NOT_PERMITTED };
    // The command is there to help; only what keeps every question from being answered is a failure.
    if (error instanceof Error && error.cause instanceof ServerRefusal) return { unknown: NOT_TOLD };
    throw error;
  }
}

/**
 * Whether the server, the collection and the user's rights are as the exporter needs them. Throws
 * `FailureError`, and notes what stays unproven.
 * @param authSource what DNS says of the user's database
 */
export async function checkNeeds(
  member: Member,
  { rights, authSource }: { readonly rights: Rights; readonly authSource?: string | undefined },
  { recorder, signal }: ProbeContext,
): Promise<void> {
  checkWritable(member);
  const listing = await list(member, signal);
  const { login } = member.where.plan.uri;
  if (listing.refused && !login) throw loginNeeded(member);
  if (!listing.refused) checkCollection(listing.found, member);
  if (login) checkActions(member, { rights, listing, authSource }, recorder);
  if (listing.found) await checkDocuments(listing.found, member, { recorder, signal });
}

interface Listing {
  readonly refused: boolean;
  readonly found?: FoundCollection | undefined;
}

async function list(member: Member, signal: AbortSignal): Promise<Listing> {
  try {
    return { refused: false, found: await askCollection(member, signal) };
  } catch (error) {
    if (error instanceof NotPermittedToAsk) return { refused: true };
    throw error;
  }
}

interface Known {
  readonly rights: Rights;
  readonly listing: Listing;
  readonly authSource?: string | undefined;
}

function checkActions(
  { where }: Member,
  { rights, listing, authSource }: Known,
  recorder: ProbeContext["recorder"],
): void {
  const { target } = where.plan;
  const isMissing = !listing.refused && !listing.found;
  const needed = neededActions(target.provisioning, isMissing);
  const lacking = lackingActions(rights.privileges, target, needed);
  const groups = lackingGroups(lacking ?? [], listing.refused);
  if (groups.length > 0) throw mayNot(where, groups, authSource);
  if (!lacking) recorder.unproven("mongodb:Privileges", "NotAnswered", rights.unknown ?? NOT_TOLD);
}

async function checkDocuments(
  found: FoundCollection,
  member: Member,
  { recorder, signal }: Pick<ProbeContext, "recorder" | "signal">,
): Promise<void> {
  const indexes = await askIndexes(member, signal);
  if (indexes) checkIndexes(indexes, member);
  noteDoubts(found, indexes, member, recorder);
}

/** Throws `FailureError` when the server itself takes no writes, whatever the user may do. */
function checkWritable({ hello, where }: Member): void {
  const takesWrites = ["primary", "standalone", "mongos"].includes(hello.kind);
  if (!takesWrites) {
    throw failed(
      "PermissionDenied",
      `${serverAt(where)} is not the primary of its replica set, and only that takes writes. ` +
        `Take directConnection=true out of ${sourceOf(where.plan)}, or name the primary.`,
    );
  }
  if (hello.readOnly) throw failed("PermissionDenied", `${serverAt(where)} runs in read-only mode.`);
}
