import type { Prerequisite } from "../../prerequisites";
import { isBuilt } from "../../servers/built";
import type { Backend } from "./backend";
import { bigquery, mongodb, postgres } from "./database-backends";
import { kafka, nats } from "./event-backends";
import { gcs, git, gitlab, gitSsh, s3 } from "./snapshot-backends";

/** Every type of sink, and Git over both of its transports. */
export const BACKENDS: readonly Backend[] = [
  postgres,
  mongodb,
  bigquery,
  git,
  gitSsh,
  gitlab,
  s3,
  gcs,
  kafka,
  nats,
];

/** What all of them need of the machine. */
export const ALL_NEEDS: readonly Prerequisite[] = [...new Set(BACKENDS.flatMap(({ needs }) => needs))];

/** Says what is wrong with the machine for these needs, or nothing. */
export type FindMissing = (needs: readonly Prerequisite[]) => Promise<string | undefined>;

/** Why the demo leaves a backend out when it was not asked for all, or undefined when it starts at once. */
export async function whyNot(
  { program, needs }: Backend,
  findMissing: FindMissing,
): Promise<string | undefined> {
  if (program && !(await isBuilt(program))) return "its server is not built yet; --all builds it";
  return findMissing(needs);
}
