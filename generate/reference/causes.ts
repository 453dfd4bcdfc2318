import type { Cause } from "../../capabilities/api/vocabulary";

interface CauseText {
  readonly meaning: string;
  readonly fix: string;
}

/** Meaning and fix of each `status.probe.cause`, for the reference page. */
export const CAUSE_TEXTS: Readonly<Record<Cause, CauseText>> = {
  SecretNotFound: {
    meaning: "A Secret that the sink names does not exist, even after the grace period.",
    fix: "Create it in the sink's namespace, under the name in the message.",
  },
  SecretKeyMissing: {
    meaning: "The Secret exists, but has none of the keys that this backend reads.",
    fix: "Add one of the keys that the message lists.",
  },
  SecretValueInvalid: {
    meaning: "The key exists, but its value is empty or cannot be parsed.",
    fix: "Write the value in the form that the message names; check for a trailing newline.",
  },
  ReferenceForbidden: {
    meaning: "The sink names a Secret of another namespace. That Secret was not read.",
    fix: "Keep a copy in the sink's namespace, or ask the administrator to list the reference.",
  },
  NoCredentials: {
    meaning: "The sink names no Secret, and ambient credentials are not allowed or not available.",
    fix: "Give the sink a Secret, or allow the pod's identity in the configuration.",
  },
  InvalidConfiguration: {
    meaning: "The sink's spec is invalid: a block or value is missing or contradicts another.",
    fix: "Correct the field that the message names.",
  },
  NameResolutionFailed: {
    meaning: "The host name has no address.",
    fix: "Check the spelling, the cluster's DNS and search domains.",
  },
  AddressDenied: {
    meaning: "The address is one that the operator refuses to dial, such as loopback or cloud metadata.",
    fix: "Use another address of the service, or ask the administrator to allow this one.",
  },
  ConnectionRefused: {
    meaning: "The host refused the connection: nothing listens on the port.",
    fix: "Check the port and that the service runs.",
  },
  Unreachable: {
    meaning: "There is no route to the host, or the connection was closed before the backend responded.",
    fix: "Check routes, NetworkPolicies and firewalls.",
  },
  TimedOut: {
    meaning: "The deadline passed; the failed phase shows where.",
    fix: "Check for a firewall that drops packets, or raise timeoutSeconds.",
  },
  TLSUntrusted: {
    meaning: "The certificate's issuer is not trusted.",
    fix: "Use a certificate that the exporter trusts. tls.caBundle and tls.caSecretRef name another authority, where the exporter reads them: see the message.",
  },
  TLSNameMismatch: {
    meaning: "The certificate is not valid for the name that was dialled.",
    fix: "Use a name in the certificate, or issue one for this name.",
  },
  TLSExpired: {
    meaning: "The certificate is no longer valid, or not yet.",
    fix: "Renew it; check the clocks of both sides.",
  },
  TLSFailed: {
    meaning: "The TLS handshake failed in another way, or the backend does not use TLS on this port.",
    fix: "Check that the port uses TLS, its versions, and whether it requires a client certificate.",
  },
  HostKeyUnknown: {
    meaning: "The SSH server's host key is not in known_hosts. Nothing is trusted on first use.",
    fix: "Add the host's key to known_hosts in the Secret.",
  },
  HostKeyMismatch: {
    meaning: "known_hosts has another key for this host.",
    fix: "Find out why the key changed before you replace it.",
  },
  AuthenticationFailed: {
    meaning: "The backend refused the credentials.",
    fix: "Check user and password or key in the Secret that the message names.",
  },
  UnsupportedAuthMechanism: {
    meaning: "The backend requires an authentication mechanism that was not offered.",
    fix: "Choose a mechanism that both sides support.",
  },
  PermissionDenied: {
    meaning: "The credentials are valid, but lack a right that the sink needs.",
    fix: "Grant the right that the message names.",
  },
  TargetNotFound: {
    meaning: "The backend responds, but the database, table, topic, bucket or branch does not exist.",
    fix: "Create it, or correct its name in the sink.",
  },
  TooManyConnections: {
    meaning: "The backend has no free connections.",
    fix: "Raise its limit, or find the clients that hold them.",
  },
  ProtocolError: {
    meaning: "The server does not respond according to the backend's protocol.",
    fix: "Check that host and port belong to this kind of service.",
  },
  UnsupportedByExporter: {
    meaning:
      "The sink works as declared, but the configured version of Kollect's exporter cannot write to it (`KOLLECT_EXPORTER_STRICT`).",
    fix: "Follow the workaround in the message; see [limitations](limitations.md).",
  },
  Internal: {
    meaning: "The operator failed; this says nothing about the backend.",
    fix: "Request another run; report it with the operator's log if it happens again.",
  },
};
