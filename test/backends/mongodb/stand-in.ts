import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import type { DialTarget } from "../../../capabilities/probes/net/dialler";
import { mongodbCase, mongodbUri, PASSWORD, type CaseOverrides } from "../../../lab/backends/mongodb";
import type { RunOptions } from "../../../lab/backends/run-case";
import {
  startStandIn,
  type Answer,
  type StandIn,
  type StandInOptions,
} from "../../../lab/servers/mongodb/stand-in";
import { runsOf } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { server, STANDALONE } from "./answers";

/** A server that answers this, until the end of the test. */
export function start(answer: Answer, options?: StandInOptions): Promise<StandIn> {
  return duringTest(startStandIn(answer, options));
}

export function nameOf({ host, port }: DialTarget): string {
  return `${host}:${port}`;
}

/** PLAIN is the one login that a stand-in can take without knowing the password. */
export const LOGIN = "authMechanism=PLAIN";

const attempt = runsOf(mongodbProbe, [PASSWORD]);

/** An attempt at these hosts, and how long it took. */
export async function run(
  hosts: readonly DialTarget[],
  query = LOGIN,
  options: RunOptions = {},
): Promise<ProbeReport & { readonly tookMs: number }> {
  const startedAt = Date.now();
  const report = await attempt(mongodbCase(mongodbUri({ hosts, query })), options);
  return { ...report, tookMs: Date.now() - startedAt };
}

/** An attempt at a standalone server that gives these answers, by the command's name. */
export async function runAgainst(
  answers: Readonly<Record<string, Answer>>,
  { query = LOGIN, user, ...overrides }: CaseOverrides & { query?: string; user?: null } = {},
): Promise<ProbeReport> {
  const standIn = await start(server(STANDALONE, answers));
  const uri = mongodbUri({ hosts: [standIn], query, ...(user === null ? { user } : {}) });
  return attempt(mongodbCase(uri, overrides), { timeoutMs: 4000 });
}
