import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { failureOf, REFUSED_SERVICES, serverOf } from "../errors";
import type { SshPlan } from "../plan";
import type { GitService } from "../transport";

/** Exit statuses of a shell for a command that does not exist (POSIX, "Exit Status for Commands"). */
const NO_SUCH_COMMAND = [126, 127];

/**
 * Why a Git command did not begin: the server refused the channel or the command, or the command ended without
 * output. Its standard error is not shown, because the server chooses the text.
 * @param status the exit status, when the server gave one
 */
export function commandFailure(error: unknown, plan: SshPlan, service: GitService, status?: number): Error {
  if (status !== undefined && NO_SUCH_COMMAND.includes(status)) {
    return failed(
      "ProtocolError",
      `${serverOf(plan)} has no command ${service}. Install Git there, or check host and port of spec.endpoint.`,
      error,
    );
  }
  if (error instanceof SshRefusal) {
    return failed(
      "PermissionDenied",
      `${serverOf(plan)} does not let user ${quoted(plan.credentials.user)} run ${service}. Check what the account and its key may do.`,
      error,
    );
  }
  return failureOf(REFUSED_SERVICES[service], plan, { service }, error);
}

/** The server refused to open a channel or to run the command. */
export class SshRefusal extends Error {
  override readonly name = "SshRefusal";
}
