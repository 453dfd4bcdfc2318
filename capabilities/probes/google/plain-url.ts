/** Longest address, in characters: parsing a host beyond ASCII takes time with the square of its length. */
const MAX_LENGTH = 2048;

/** The URL that every parser reads alike; undefined for any other text. */
export function plainUrl(text: string): URL | undefined {
  // URL parsers differ in backslashes, spaces and control characters.
  const isPlain = text.length <= MAX_LENGTH && !/[\s\\\p{Cc}]/u.test(text);
  return isPlain && URL.canParse(text) ? new URL(text) : undefined;
}
