import { getRemoteInfo2, listServerRefs, type GetRemoteInfo2Result, type HttpClient } from "isomorphic-git";
import { REPOSITORY as url, requestsThrough } from "./http/git-client";
import type { GitTransport } from "./transport";

export interface FoundRefs {
  /** Those of the wanted references that exist, by full name. */
  readonly found: ReadonlySet<string>;
  /** References were wanted, and the repository has none at all. */
  readonly isEmpty: boolean;
  /** The server's `agent`, such as `git/2.39.5`. */
  readonly agent?: string;
}

/**
 * Looks for references. Version 2 of the protocol is asked for these alone; older servers list all.
 * Rejects with isomorphic-git's errors, `PacketError`, or what the transport rejects with.
 */
export async function findRefs(transport: GitTransport, wanted: readonly string[]): Promise<FoundRefs> {
  const http = requestsThrough(transport, wanted);
  const offer = await offerOf(http);
  const { agent } = offer.capabilities;
  const refs = offer.protocolVersion === 2 ? await askFor(wanted, http) : pick(wanted, namesOf(offer.refs));
  return { ...refs, ...(typeof agent === "string" ? { agent } : {}) };
}

/** Whether the service that takes a push is offered. Rejects as {@link findRefs} when it is not. */
export async function expectPush(transport: GitTransport): Promise<void> {
  // As in Git itself: there is no version 2 of pushing.
  await getRemoteInfo2({ http: requestsThrough(transport, []), url, forPush: true, protocolVersion: 1 });
}

/** isomorphic-git does not tell a server of version 2 that it means SHA-256, so such a repository lists all. */
async function offerOf(http: HttpClient): Promise<GetRemoteInfo2Result> {
  const offer = await getRemoteInfo2({ http, url, protocolVersion: 2 });
  const { "object-format": format = "sha1" } = offer.capabilities;
  const isUnknown = offer.protocolVersion === 2 && format !== "sha1";
  return isUnknown ? getRemoteInfo2({ http, url, protocolVersion: 1 }) : offer;
}

async function askFor(wanted: readonly string[], http: HttpClient): Promise<FoundRefs> {
  async function list(prefix: string): Promise<string[]> {
    return namesOf(await listServerRefs({ http, url, prefix, protocolVersion: 2 }));
  }
  const found = new Set<string>();
  for (const ref of wanted) {
    if ((await list(ref)).includes(ref)) found.add(ref);
  }
  if (found.size > 0) return { found, isEmpty: false };
  const hasHead = (await list("HEAD")).length > 0;
  // A HEAD that points to a branch which is not there yet is not listed, so ask once more for anything.
  const isEmpty = wanted.length > 0 && !hasHead && (await list("refs/")).length === 0;
  return { found, isEmpty };
}

function pick(wanted: readonly string[], names: readonly string[]): FoundRefs {
  return {
    found: new Set(wanted.filter((ref) => names.includes(ref))),
    isEmpty: wanted.length > 0 && names.length === 0,
  };
}

function namesOf(refs: readonly { readonly ref: string }[] = []): string[] {
  return refs.map(({ ref }) => ref);
}
