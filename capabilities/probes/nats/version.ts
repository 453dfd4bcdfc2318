/** A version in numbers, such as `[2, 12, 4]`; missing parts are 0. */
export type Version = readonly [major: number, minor: number, patch?: number];

/** Whether a server's version, such as `2.15.2`, is at least this one; an unknown version counts as the newest. */
export function isAtLeast(version: string | undefined, wanted: Version): boolean {
  if (version === undefined) return true;
  const has = version.split(".").map(Number);
  for (const [at, number] of wanted.entries()) {
    const its = has[at] ?? 0;
    if (its !== number) return its > (number ?? 0);
  }
  return true;
}
