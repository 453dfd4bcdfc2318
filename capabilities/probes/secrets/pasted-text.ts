/**
 * How a text of several lines was stored in another form than its own, as words for a message that begin with a verb;
 * undefined when none of these is the case.
 * @param isRight whether a text is of the form that is wanted
 */
export function pastedFault(text: string, isRight: (text: string) => boolean): string | undefined {
  const trimmed = text.trim();
  if (isRight(decoded(trimmed)))
    return "is encoded in base64 twice. Encode it once, or write it into stringData";
  if (/\\n/.test(trimmed) && isRight(trimmed.replace(/^["']|["']$/g, "").replaceAll("\\n", "\n"))) {
    return "holds the two characters \\n in place of line ends. Write real line ends";
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

/** What the first line of a PEM text says that it is, by the words between BEGIN and the dashes. */
const PEM_KINDS: readonly [begins: RegExp, what: string][] = [
  [/^(?:OPENSSH |RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY$/, "a private key"],
  [/^CERTIFICATE REQUEST$|^NEW CERTIFICATE REQUEST$/, "a certificate request"],
  [/^TRUSTED CERTIFICATE$/, "a certificate in OpenSSL's own form (TRUSTED)"],
  [/^CERTIFICATE$/, "a certificate"],
  [/PUBLIC KEY$/, "a public key"],
  [/^PGP /, "a key of PGP"],
];

/** What a PEM text holds, for messages; undefined for a text that does not begin as PEM, or holds something else. */
export function pemKind(text: string): string | undefined {
  const [, words] = /^\s*-{4,5} ?BEGIN ([A-Z0-9 ]{1,40}?) ?-{4,5}/.exec(text) ?? [];
  return words === undefined ? undefined : PEM_KINDS.find(([begins]) => begins.test(words))?.[1];
}
