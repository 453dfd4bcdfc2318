/** A hop of a Git server's redirect, or why it is not followed. */
export type Hop =
  | { readonly base: string; readonly sameHost: boolean }
  | { readonly refused: "downgrade" | "elsewhere" };

export const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Maximum number of redirects; honest servers need one or two: to https, and to the name with `.git`. */
export const MAX_REDIRECTS = 5;

/** Longest header, in characters: parsing a host beyond ASCII takes time with the square of its length. */
const MAX_LENGTH = 4096;

/** The path after a repository's address for requesting its references. */
export const INFO_REFS = "/info/refs";

/**
 * The target of a redirect of `<base>/info/refs?<query>`. As in Git and go-git the new path must end with `/info/refs`,
 * because the part before it becomes the repository's address, and the query must be exactly the service, which
 * excludes a page such as a sign-in form. An encoded "?" or "#" in the path is refused too: a server that decodes it
 * would read a query chosen by the redirect. A redirect from https to http is never followed.
 * @param location the header, absolute or relative
 */
export function nextHop(base: string, query: string, location: string): Hop {
  const asked = `${base}${INFO_REFS}?${query}`;
  if (location === "" || location.length > MAX_LENGTH || !URL.canParse(location, asked))
    return { refused: "elsewhere" };
  const from = new URL(asked);
  const to = new URL(location, asked);
  if (to.protocol !== "https:" && to.protocol !== "http:") return { refused: "elsewhere" };
  if (from.protocol === "https:" && to.protocol === "http:") return { refused: "downgrade" };
  if (!isInfoRefs(to, query)) return { refused: "elsewhere" };
  return {
    base: `${to.protocol}//${to.host}${to.pathname.slice(0, -INFO_REFS.length)}`,
    sameHost: isSameHost(from, to),
  };
}

function isInfoRefs({ pathname, search }: URL, query: string): boolean {
  return (
    pathname.endsWith(INFO_REFS) && search === `?${query}` && !/%(?:3f|23|25|0[0-9a-f]|5c)/i.test(pathname)
  );
}

/** Another port is another server, except for the step from http to https on their usual ports. */
function isSameHost(from: URL, to: URL): boolean {
  if (from.hostname !== to.hostname) return false;
  return from.port === to.port;
}
