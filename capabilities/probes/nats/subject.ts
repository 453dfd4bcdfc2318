/** Longest subject that is taken, in characters; servers cut control lines at 4 KiB. */
const MAX_SUBJECT = 1024;

/** Whether a message can be published to it: tokens with dots between, no blanks, no wildcards. */
export function isPublishable(subject: string): boolean {
  if (subject.length > MAX_SUBJECT || /[\s\p{Cc}]/u.test(subject)) return false;
  return subject.split(".").every((token) => token !== "" && token !== "*" && token !== ">");
}

/** A stream's name as servers take it. */
export function isStreamName(name: string): boolean {
  return name.length <= 255 && /^[^\s\p{Cc}.*>/\\]+$/u.test(name);
}

/** Whether a pattern with `*` and `>` covers the subject. */
export function covers(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return tokens.length > at;
    if (at >= tokens.length || (token !== "*" && token !== tokens[at])) return false;
  }
  return tokens.length === wanted.length;
}
