/** Longest accepted subject, in characters; servers limit control lines to 4 KiB. */
const MAX_SUBJECT = 1024;

/** Whether a stream can have the subject: tokens separated by dots, no blanks, and `>` only at the end. */
export function isStreamSubject(subject: string): boolean {
  if (subject.length > MAX_SUBJECT || /[\s\p{Cc}]/u.test(subject)) return false;
  const tokens = subject.split(".");
  return tokens.every((token, at) => token !== "" && (token !== ">" || at === tokens.length - 1));
}

/** Whether servers accept the name of a stream. */
export function isStreamName(name: string): boolean {
  return Buffer.byteLength(name) <= 255 && /^[^\s\p{Cc}.*>/\\]+$/u.test(name);
}

/** Whether a pattern with `*` and `>` matches the subject, whose tokens are literal. */
export function matches(pattern: string, subject: string): boolean {
  return compare(pattern, subject, (token, other) => token === "*" || token === other);
}

/** Whether a pattern matches all subjects that another one matches. */
export function covers(pattern: string, other: string): boolean {
  return compare(pattern, other, (token, its) => (token === "*" ? its !== ">" : token === its));
}

/** Reads no further than the first token that differs: a server may list many patterns, and a sink's subject be long. */
function compare(pattern: string, subject: string, fits: (token: string, other: string) => boolean): boolean {
  for (let at = 0, otherAt = 0; ; ) {
    const [end, otherEnd] = [endOfToken(pattern, at), endOfToken(subject, otherAt)];
    const token = pattern.slice(at, end);
    if (token === ">") return true;
    if (!fits(token, subject.slice(otherAt, otherEnd))) return false;
    const [isLast, isOtherLast] = [end === pattern.length, otherEnd === subject.length];
    if (isLast || isOtherLast) return isLast && isOtherLast;
    [at, otherAt] = [end + 1, otherEnd + 1];
  }
}

function endOfToken(text: string, from: number): number {
  const end = text.indexOf(".", from);
  return end < 0 ? text.length : end;
}

/** Whether some subject is matched by both patterns. */
export function collide(one: string, other: string): boolean {
  const [a, b] = [one.split("."), other.split(".")];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined || right === undefined) return false;
    if (left === ">" || right === ">") return true;
    if (left !== right && left !== "*" && right !== "*") return false;
  }
  return true;
}
