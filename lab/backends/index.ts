import type { SinkType } from "../../capabilities/api/vocabulary";
import { missingPrerequisites, type Prerequisite } from "../prerequisites";
import { isBuilt } from "../servers/programs/built";
import type { LabBackend, LabServer } from "./backend";
import { bigquery } from "./bigquery";
import { gcs } from "./gcs";
import { git } from "./git";
import { gitlab } from "./gitlab";
import { kafka } from "./kafka";
import { mongodb } from "./mongodb";
import { nats } from "./nats";
import { postgres } from "./postgres";
import { s3 } from "./s3";

/** The servers of every type of sink. A type without one does not compile. */
export const LAB_BACKENDS: Readonly<Record<SinkType, LabBackend>> = {
  postgres,
  mongodb,
  bigquery,
  git,
  gitlab,
  s3,
  gcs,
  kafka,
  nats,
};

/** All of them, in the order in which the demo and the bench show them. */
export const LAB_SERVERS: readonly LabServer[] = Object.values(LAB_BACKENDS).flat();

/** What all of them need of the machine. */
export const ALL_NEEDS: readonly Prerequisite[] = [...new Set(LAB_SERVERS.flatMap(({ needs }) => needs))];

/** Which servers start at once, without a build before. */
export interface Present {
  readonly servers: readonly LabServer[];
  /** One line for each of the others, such as "s3: its server is not built yet; --all builds it". */
  readonly leftOut: readonly string[];
}

export async function presentServers(): Promise<Present> {
  const reasons = await Promise.all(LAB_SERVERS.map((server) => whyNot(server)));
  return {
    servers: LAB_SERVERS.filter((_, index) => reasons[index] === undefined),
    leftOut: LAB_SERVERS.flatMap(({ name }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [`${name}: ${reason}`];
    }),
  };
}

/** Why a server is left out when not all were asked for, or undefined when it starts at once. */
export async function whyNot(
  { program, needs }: Pick<LabServer, "program" | "needs">,
  findMissing: typeof missingPrerequisites = missingPrerequisites,
): Promise<string | undefined> {
  if (program && !(await isBuilt(program))) return "its server is not built yet; --all builds it";
  return findMissing(needs);
}
