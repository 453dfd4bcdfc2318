import { failed } from "../../domain/failure";

const HEADS = "refs/heads/";

/**
 * The full name of a branch. Throws `FailureError` `InvalidConfiguration` for what git-check-ref-format(1)
 * refuses.
 */
export function branchRef(name: string, field: string): string {
  const short = name.startsWith(HEADS) ? name.slice(HEADS.length) : name;
  if (isBranchName(short)) return HEADS + short;
  throw failed("InvalidConfiguration", `${field} is not a name that Git allows for a branch. Correct it.`);
}

/** The name without `refs/heads/`, for messages. */
export function branchName(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}

const MAX_BYTES = 1024;
const FORBIDDEN = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$/u;

function isBranchName(name: string): boolean {
  if (name === "" || name === "@" || Buffer.byteLength(name) > MAX_BYTES || FORBIDDEN.test(name))
    return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
