/** Mapped to nothing (RFC 3454, table B.1). */
const DROPPED = /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|[\u00ad\u1806\u200b-\u200d\u2060\ufeff]/g;
/** Spaces beyond ASCII (RFC 3454, table C.1.2). */
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;

/**
 * A user name or password as SASLprep prepares it (RFC 4013): with plain spaces, without invisible characters, and in
 * Unicode's form KC. Clients that do so send a different value than is stored by a server that does not.
 */
export function saslPrepared(text: string): string {
  return text.replace(SPACES, " ").replace(DROPPED, "").normalize("NFKC");
}

/** As many as Unicode's stream-safe text has (UAX #15, section 13); no language needs more than a few. */
const MAX_MARKS = 30;
const TOO_MANY_MARKS = new RegExp(`\\p{M}{${MAX_MARKS + 1}}`, "u");

/**
 * The fault of a user name or password that SASLprep may not prepare; begins with a verb. Sorting a run of combining
 * marks takes time with the square of its length: half a minute for one that fills a value of a Secret.
 */
export function marksFault(text: string): string | undefined {
  return TOO_MANY_MARKS.test(text) ? `has more than ${MAX_MARKS} combining characters in a row` : undefined;
}
