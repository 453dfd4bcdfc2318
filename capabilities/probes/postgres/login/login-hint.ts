import { suspectHint } from "../../secrets/suspect-values";
import type { PostgresPlan } from "../plan";

/** The possible fault of a connection string's login that a server refused; begins with a blank, or is empty. */
export function loginHint({ dsn }: Pick<PostgresPlan, "dsn">): string {
  const { user, password = "" } = dsn;
  const ofPassword = suspectHint(password) ?? encodingHint(password);
  if (ofPassword) return ` The password there ${ofPassword}.`;
  const ofUser = suspectHint(user);
  if (ofUser) return ` The user name there ${ofUser}.`;
  if (/[^+]\+[^+]/.test(password)) return BLANK_HINT;
  return user.includes("@")
    ? " The user name there holds '@': of Azure's servers only the older single servers want user@server."
    : "";
}

const BLANK_HINT =
  " The password there holds '+', which stands for itself also in a URL: if a blank is meant, write a blank as %20.";

/** A URL is decoded once, and the keyword form not at all. */
function encodingHint(password: string): string | undefined {
  return /%(?:2[0-9A-F]|3[A-F]|40|5[B-E]|7[B-D])/i.test(password)
    ? "holds a percent-encoded character: encode it once in a URL, and not at all behind password="
    : undefined;
}
