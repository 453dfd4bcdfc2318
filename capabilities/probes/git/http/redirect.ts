/** A hop of a Git server's redirect, or why it is not followed. */
export type Hop =
  | { readonly base: string; readonly sameHost: boolean }
  | { readonly refused: "downgrade" | "elsewhere" };

export const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Honest servers need one or two: to https, and to the name with `.git`. */
export const MAX_REDIRECTS = 5;

/**
 * Where a redirect of `<base><suffix>` leads. As in Git the new address must end with the same suffix, because
 * its base is the repository's address from then on; a page such as a sign-in form is none. TLS is never given
 * up on the way.
 * @param location the header, absolute or relative
 */
export function nextHop(base: string, suffix: string, location: string): Hop {
  if (location === "" || !URL.canParse(location, base + suffix)) return { refused: "elsewhere" };
  const from = new URL(base + suffix);
  const to = new URL(location, base + suffix);
  if (to.protocol !== "https:" && to.protocol !== "http:") return { refused: "elsewhere" };
  if (from.protocol === "https:" && to.protocol === "http:") return { refused: "downgrade" };
  const path = to.pathname + to.search;
  if (!path.endsWith(suffix)) return { refused: "elsewhere" };
  return {
    base: `${to.protocol}//${to.host}${path.slice(0, -suffix.length)}`,
    sameHost: isSameHost(from, to),
  };
}

/** Another port is another server, except for the step from http to https on their usual ports. */
function isSameHost(from: URL, to: URL): boolean {
  if (from.hostname !== to.hostname) return false;
  return from.port === to.port;
}
