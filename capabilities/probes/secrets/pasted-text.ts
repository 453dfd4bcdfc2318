/**
 * How a text of several lines was damaged when it was stored, in words for a message that begin with a verb;
 * undefined when none of these patterns matches.
 * @param isRight whether a text has the expected form
 */
export function pastedFault(text: string, isRight: (text: string) => boolean): string | undefined {
  const trimmed = text.trim();
  if (isRight(decoded(trimmed)))
    return "is encoded in base64 twice. Encode it once, or write it into stringData";
  if (/\\n/.test(trimmed) && isRight(trimmed.replace(/^["']|["']$/g, "").replaceAll("\\n", "\n"))) {
    return "holds the two characters \\n instead of line ends. Write real line ends";
  }
  const unquoted = /^(["'])([^]*)\1$/.exec(trimmed)?.[2];
  return unquoted !== undefined && isRight(unquoted) ? "is enclosed in quotes. Remove them" : undefined;
}

function decoded(text: string): string {
  const compact = text.replace(/\s+/g, "");
  return /^[A-Za-z0-9+/]{16,}={0,2}$/.test(compact)
    ? Buffer.from(compact, "base64").toString("utf8").trim()
    : "";
}

/** The type of a PEM text, by the words between BEGIN and the dashes in its first line. */
const PEM_KINDS: readonly [begins: RegExp, what: string][] = [
  [/^(?:OPENSSH |RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY$/, "a private key"],
  [/^CERTIFICATE REQUEST$|^NEW CERTIFICATE REQUEST$/, "a certificate request"],
  [/^TRUSTED CERTIFICATE$/, "a certificate in OpenSSL's own form (TRUSTED)"],
  [/^CERTIFICATE$/, "a certificate"],
  [/PUBLIC KEY$/, "a public key"],
  [/^PGP /, "a key of PGP"],
];

/** The content of a PEM text, for messages; undefined for a text that does not begin as PEM or has another type. */
export function pemKind(text: string): string | undefined {
  const [, words] = /^\s*-{4,5} ?BEGIN ([A-Z0-9 ]{1,40}?) ?-{4,5}/.exec(text) ?? [];
  return words === undefined ? undefined : PEM_KINDS.find(([begins]) => begins.test(words))?.[1];
}
