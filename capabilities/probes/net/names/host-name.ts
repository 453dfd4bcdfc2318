import { isIPv6 } from "node:net";

const MAX_NAME = 253;
const MAX_LABEL = 63;

/** What to write instead of another text, for messages that name the field first. */
export const HOST_HINT =
  "Use a DNS name of letters, digits, '-', '_' and '.' (an international name in its xn-- form) or an IP address";

/**
 * Whether the text can be dialled as a host: a DNS name in ASCII, or an IP address without brackets. Resolvers, drivers
 * and certificates interpret anything else in different ways, or it is part of a text that was
 * split at the wrong place, such as a password. Spellings of IPv4 (`0x7f.1`) are names here; their addresses are
 * checked when they are resolved.
 * Source: RFC 1123 section 2.1, with the underscore that DNS has in service names; RFC 4007 for zones.
 */
export function isHost(text: string): boolean {
  return text.includes(":") ? isIPv6Host(text) : isName(text);
}

function isName(text: string): boolean {
  if (text.length > MAX_NAME + 1) return false;
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  return name.length <= MAX_NAME && name.split(".").every(isLabel);
}

function isLabel(label: string): boolean {
  return label.length <= MAX_LABEL && /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label);
}

function isIPv6Host(text: string): boolean {
  return text.length <= MAX_NAME && /^[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._-]{1,32})?$/.test(text) && isIPv6(text);
}
