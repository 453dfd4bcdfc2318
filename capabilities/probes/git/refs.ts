import { getRemoteInfo2, listServerRefs, type GetRemoteInfo2Result, type HttpClient } from "isomorphic-git";
import { REPOSITORY as url, requestsThrough } from "./http/git-client";
import type { GitTransport } from "./transport";

/** The wanted references, by their full names. */
export interface RefSearch {
  readonly names: readonly string[];
  /** One reference below this name is wanted too. */
  readonly below?: string;
}

export interface FoundRefs {
  /** Those of the wanted references that exist, by full name. */
  readonly found: ReadonlySet<string>;
  /** Whether none of them exists, and the repository has no references at all. */
  readonly isEmpty: boolean;
  /** The server's `agent`, such as `git/2.39.5`. */
  readonly agent?: string;
  /** Whether the object IDs are SHA-256. */
  readonly isSha256: boolean;
}

/**
 * Looks for references. With version 2 of the protocol one request lists only these; older servers list all.
 * Rejects with isomorphic-git's errors, `PacketError`, or the transport's errors.
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

/** Checks that the server offers the service for pushes. Rejects as {@link findRefs} does when it does not. */
export async function expectPush(transport: GitTransport): Promise<void> {
  // As in Git itself: there is no version 2 of pushing.
  const http = requestsThrough(transport, { wanted: () => false });
  await getRemoteInfo2({ http, url, forPush: true, protocolVersion: 1 });
}

/** isomorphic-git does not request SHA-256 from a server with version 2, so such a repository lists all references. */
async function offerOf(http: HttpClient): Promise<GetRemoteInfo2Result> {
  const offer = await getRemoteInfo2({ http, url, protocolVersion: 2 });
  const { "object-format": format = "sha1" } = offer.capabilities;
  const isUnknown = offer.protocolVersion === 2 && format !== "sha1";
  return isUnknown ? getRemoteInfo2({ http, url, protocolVersion: 1 }) : offer;
}

/** Matches the wanted names, and the first name below `below`. */
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
  // A HEAD that points to a branch which does not exist yet is not listed, so list all references once more.
  return (await list("refs/", http)).length === 0;
}

async function list(prefix: string, http: HttpClient): Promise<string[]> {
  return namesOf(await listServerRefs({ http, url, prefix, protocolVersion: 2 }));
}

function namesOf(refs: readonly { readonly ref: string }[] = []): string[] {
  return refs.map(({ ref }) => ref);
}
