import { getRemoteInfo2, listServerRefs, type GetRemoteInfo2Result, type HttpClient } from "isomorphic-git";
import { REPOSITORY as url, requestsThrough } from "./http/git-client";
import type { GitTransport } from "./transport";

/** Which references matter, by their full names. */
export interface RefSearch {
  readonly names: readonly string[];
  /** One reference below this name is looked for too. */
  readonly below?: string;
}

export interface FoundRefs {
  /** Those of the wanted references that exist, by full name. */
  readonly found: ReadonlySet<string>;
  /** None of them exists, and the repository has none at all. */
  readonly isEmpty: boolean;
  /** The server's `agent`, such as `git/2.39.5`. */
  readonly agent?: string;
  /** Whether objects are named by SHA-256. */
  readonly isSha256: boolean;
}

/**
 * Looks for references. Version 2 of the protocol is asked for these alone, in one request; older servers list all.
 * Rejects with isomorphic-git's errors, `PacketError`, or what the transport rejects with.
 */
export async function findRefs(transport: GitTransport, search: RefSearch): Promise<FoundRefs> {
  const { names, below } = search;
  const http = requestsThrough(transport, {
    wanted: searched(search),
    // A prefix lists what is below it as well.
    prefixes: [...names.slice(1), ...(below === undefined ? [] : [`${below}/`])],
  });
  const offer = await offerOf(http);
  const { agent, "object-format": format } = offer.capabilities;
  const isVersion2 = offer.protocolVersion === 2;
  const listed = isVersion2 ? await list(names[0] ?? "HEAD", http) : namesOf(offer.refs);
  const found = new Set(listed.filter(searched(search)));
  const isEmpty = found.size === 0 && (isVersion2 ? await hasNone(http) : listed.length === 0);
  return { found, isEmpty, isSha256: format === "sha256", ...(typeof agent === "string" ? { agent } : {}) };
}

/** Whether the service that takes a push is offered. Rejects as {@link findRefs} when it is not. */
export async function expectPush(transport: GitTransport): Promise<void> {
  // As in Git itself: there is no version 2 of pushing.
  const http = requestsThrough(transport, { wanted: () => false });
  await getRemoteInfo2({ http, url, forPush: true, protocolVersion: 1 });
}

/** isomorphic-git does not tell a server of version 2 that it means SHA-256, so such a repository lists all. */
async function offerOf(http: HttpClient): Promise<GetRemoteInfo2Result> {
  const offer = await getRemoteInfo2({ http, url, protocolVersion: 2 });
  const { "object-format": format = "sha1" } = offer.capabilities;
  const isUnknown = offer.protocolVersion === 2 && format !== "sha1";
  return isUnknown ? getRemoteInfo2({ http, url, protocolVersion: 1 }) : offer;
}

/** The names that are searched for, and the first of those below the other one. */
function searched({ names, below }: RefSearch): (name: string) => boolean {
  let first: string | undefined;
  return (name) => {
    if (names.includes(name)) return true;
    if (below === undefined || !name.startsWith(`${below}/`)) return false;
    first ??= name;
    return first === name;
  };
}

async function hasNone(http: HttpClient): Promise<boolean> {
  if ((await list("HEAD", http)).length > 0) return false;
  // A HEAD that points to a branch which is not there yet is not listed, so ask once more for anything.
  return (await list("refs/", http)).length === 0;
}

async function list(prefix: string, http: HttpClient): Promise<string[]> {
  return namesOf(await listServerRefs({ http, url, prefix, protocolVersion: 2 }));
}

function namesOf(refs: readonly { readonly ref: string }[] = []): string[] {
  return refs.map(({ ref }) => ref);
}
