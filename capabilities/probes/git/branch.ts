import { failed } from "../../domain/failure";

const HEADS = "refs/heads/";

/** The branch that the exporter writes to when the sink names none, whatever the repository's default is. */
export const DEFAULT_BRANCH = `${HEADS}main`;

/**
 * The full name for a branch's short name in a sink; surrounding white space is ignored.
 * Throws `FailureError` `InvalidConfiguration` for a name that the exporter or git-check-ref-format(1) refuses.
 */
export function branchRef(name: string, field: string): string {
  const short = name.trim();
  if (isBranchName(short)) return HEADS + short;
  throw failed(
    "InvalidConfiguration",
    short.startsWith("refs/")
      ? `${field} is not a short name. Write the branch without refs/heads/, such as main.`
      : `${field} is not a branch name that the exporter accepts: letters, digits, '.', '_', '-' and '/', ` +
          "beginning with a letter or digit, without '..'. Correct it.",
  );
}

/** The name without `refs/heads/`, for messages. */
export function branchName(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}

/** The branches that exclude a branch of this name, because Git would need a folder with their name for it. */
export function pathPrefixes(ref: string): string[] {
  const parts = branchName(ref).split("/");
  return parts.slice(1).map((_, index) => HEADS + parts.slice(0, index + 1).join("/"));
}

const MAX_BYTES = 1024;
const FORBIDDEN = /\.\.|\/\/|[/.]$|^refs\//;

function isBranchName(name: string): boolean {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) || name.length > MAX_BYTES || FORBIDDEN.test(name))
    return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
