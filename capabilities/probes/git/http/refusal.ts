import type { Cause } from "../../../api/vocabulary";
import { failed, FailureError } from "../../../domain/failure";
import { serverOf, type About } from "../errors";
import type { HttpPlan } from "../plan";

/** The failure for a server that requires credentials when the sink has none. */
export function noCredentials({ at, ...plan }: HttpPlan, { service }: About): Error {
  const unused = at.hasUserinfo ? " (the exporter does not use those in spec.endpoint)" : "";
  return failed(
    "NoCredentials",
    `${serverOf({ at, ...plan })} asks for credentials${service === "git-receive-pack" ? " to push" : ""}, and the sink ` +
      `names none${unused}. Set spec.secretRef to a Secret with the key token, or username and password.`,
  );
}

const NEW_ADDRESS =
  'Put the new address into spec.endpoint: curl -sI "URL/info/refs?service=git-upload-pack" shows it as Location';

/** The failure for a redirect's target host that requires credentials. */
export function notSent(plan: HttpPlan): Error {
  return failed(
    "AuthenticationFailed",
    `${serverOf(plan)} redirects to another host, which asks for credentials. They are not sent there. ${NEW_ADDRESS}.`,
  );
}

/** Faults at a redirect's target host, without its name, which the server chose. */
const ELSEWHERE: Readonly<Partial<Record<Cause, string>>> = {
  AddressDenied: "to an address that the operator may not dial",
  NameResolutionFailed: "to a host that cannot be resolved",
  ConnectionRefused: "to a host that refuses connections",
  TLSUntrusted: "to a host whose certificate is not trusted",
  TLSNameMismatch: "to a host whose certificate is for another name",
  TLSExpired: "to a host whose certificate has expired",
};

/** The error of a redirect's target host, without its name. */
export function elsewhere(plan: HttpPlan, error: Error): Error {
  if (!(error instanceof FailureError)) return error;
  const { cause, message } = error.failure;
  const where = cause && ELSEWHERE[cause];
  if (cause === undefined || (!where && message.includes(serverOf(plan)))) return error;
  return failed(
    cause,
    `${serverOf(plan)} redirects ${where ?? "to a host that cannot be used"}. ${NEW_ADDRESS}.`,
    error,
  );
}

/** The failure for a server that offers only other ways to authenticate. */
export function noBasic(plan: HttpPlan): Error {
  return failed(
    "UnsupportedAuthMechanism",
    `${serverOf(plan)} does not accept user names with passwords or tokens (HTTP Basic). Enable that there, or use SSH.`,
  );
}

/** The failure for a redirect that is not followed. */
export function redirected(plan: HttpPlan, how: string): Error {
  return failed(
    "ProtocolError",
    `${serverOf(plan)} redirects ${how}. Put the repository's own address into spec.endpoint, and check the credentials.`,
  );
}
