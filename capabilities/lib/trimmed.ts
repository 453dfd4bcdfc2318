/**
 * The text without the characters at its ends that match, in linear time. A regular expression with `+$` starts again
 * at each character of a run within the text, which takes minutes for a run that fills a Secret.
 * @param outer matches one character
 */
export function trimmed(text: string, outer: RegExp): string {
  let start = 0;
  let end = text.length;
  while (start < end && outer.test(text.charAt(start))) start += 1;
  while (end > start && outer.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
