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

/** The user's privileges as the server reports them. */
export interface Rights {
  /** Undefined when it did not report them, or there is no login. */
  readonly privileges?: unknown;
  /** Why they are not known. */
  readonly unknown?: string;
}

const NOT_TOLD = "the server does not report the user's privileges";
export const NOT_PERMITTED = "not permitted to ask";

/** Requests the user's privileges, which needs no right. */
export async function askRights(member: Member, signal: AbortSignal): Promise<Rights> {
  try {
    const command = { connectionStatus: 1, showPrivileges: true };
    const { authInfo }: { authInfo?: unknown } = await question(member, "admin", command, signal);
    const told =
      typeof authInfo === "object" && authInfo !== null && "authenticatedUserPrivileges" in authInfo;
    return told ? { privileges: authInfo.authenticatedUserPrivileges } : { unknown: NOT_TOLD };
  } catch (error) {
    if (error instanceof NotPermittedToAsk) return { unknown: NOT_PERMITTED };
    // The command is optional: only an error that would prevent every request is a failure.
    if (error instanceof Error && error.cause instanceof ServerRefusal) return { unknown: NOT_TOLD };
    throw error;
  }
}

/**
 * Checks that the server, the collection and the user's rights meet the exporter's needs. Throws
 * `FailureError`, and notes unproven needs.
 * @param authSource the user's database according to DNS
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

/** Throws `FailureError` when the server itself accepts no writes, whatever the user's rights. */
function checkWritable({ hello, where }: Member): void {
  const takesWrites = ["primary", "standalone", "mongos"].includes(hello.kind);
  if (!takesWrites) {
    throw failed(
      "PermissionDenied",
      `${serverAt(where)} is not the primary of its replica set, and only the primary accepts writes. ` +
        `Remove directConnection=true from ${sourceOf(where.plan)}, or name the primary.`,
    );
  }
  if (hello.readOnly) throw failed("PermissionDenied", `${serverAt(where)} runs in read-only mode.`);
}
