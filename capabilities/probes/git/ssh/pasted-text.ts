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
