/**
 * Whether a comma-separated list of patterns names a host (ssh_config(5), "PATTERNS"): `*` stands for any
 * text, `?` for one character, and `!` in front excludes what the rest would include.
 */
export function matchesPatterns(list: string, name: string): boolean {
  const patterns = list.split(",");
  const excluded = patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), name));
  return !excluded && patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern, name));
}

/** In time linear in both for one star and never worse than their product; a regular expression could be. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let star = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[at] === "*") {
      star = at;
      afterStar = inText;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[inText])) {
      at += 1;
      inText += 1;
    } else if (star >= 0) {
      afterStar += 1;
      inText = afterStar;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
