/**
 * Kubernetes object names (RFC 1123 subdomain, at most 253 characters).
 * Names are checked before they go into a URL: the sinks' schema allows any string, and a name such
 * as `../../other/secrets/x` would otherwise address another namespace.
 */
export function isDnsSubdomain(name: string): boolean {
  return name.length > 0 && name.length <= 253 && name.split(".").every(isLabel);
}

/** Namespace names (RFC 1123 label, at most 63 characters). */
export function isDnsLabel(name: string): boolean {
  return name.length <= 63 && isLabel(name);
}

/** One part of a subdomain; the length limits apply only to whole names and namespaces. */
function isLabel(part: string): boolean {
  return /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part);
}

/** The pattern of {@link isDnsSubdomain} for schemas, which check the length separately. */
export const DNS_SUBDOMAIN_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
