import { wantsLongTests } from "./built";

/** Names the edition of the lab's servers that a process starts: `second`, or anything else for the first. */
export const SERVER_EDITION = "KOLLECT_SERVER_EDITION";

/** The servers that `npm test` runs, or the other version or program that `npm run test:long` runs in their place. */
export type Edition = "first" | "second";

export function edition(env: NodeJS.ProcessEnv = process.env): Edition {
  return env[SERVER_EDITION] === "second" ? "second" : "first";
}

/** What has to be installed before the tests start: the second edition only where long tests follow. */
export function installedEditions(): readonly Edition[] {
  return wantsLongTests() ? ["first", "second"] : ["first"];
}

/** Runs `install` for each edition that the tests need, one after the other. */
export async function installEditions(install: (edition: Edition) => Promise<unknown>): Promise<void> {
  for (const each of installedEditions()) await install(each);
}
