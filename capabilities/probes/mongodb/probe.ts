import { failed } from "../../domain/failure";
import { whileWaiting, withTimeout } from "../net/abort";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { authenticate } from "./authenticate";
import {
  askPrivileges,
  checkCollection,
  checkPrivileges,
  checkWritable,
  loginNeeded,
  question,
} from "./authorize";
import { authSourceOf } from "./credentials";
import { findServer } from "./discovery/discovery";
import { mongodbFailure } from "./errors";
import { openMember, type Member } from "./discovery/member";
import { mongodbPlan, mongodbReferences, type MongodbPlan } from "./plan";
import { srvSeeds, systemSrvResolver, type Seeds, type SrvResolver } from "./discovery/srv";
import { Topology } from "./discovery/topology";

/** Of the attempt, kept back so that a replica set without a primary is named before the deadline strikes. */
const LAST_WORDS = 0.1;

/** MongoDB 4.4 and later, and what speaks its protocol. */
export const mongodbProbe: Probe<MongodbPlan> = createMongodbProbe(systemSrvResolver);

/** @param srvResolver makes what asks DNS for `mongodb+srv://`; one for each attempt */
export function createMongodbProbe(srvResolver: () => SrvResolver): Probe<MongodbPlan> {
  return {
    type: "mongodb",
    references: mongodbReferences,
    plan: mongodbPlan,
    run: (plan, context) => run(plan, context, srvResolver),
  };
}

async function run(plan: MongodbPlan, context: ProbeContext, srvResolver: () => SrvResolver): Promise<void> {
  const seeds = await seedsOf(plan, context, srvResolver);
  const member = await select(plan, seeds, context);
  try {
    if (!plan.uri.login) context.recorder.skipped("Authenticate", "the connection string names no user");
    else await logIn(member, seeds, context);
    const privileges = await verify(member, context);
    await authorize(member, privileges, context);
  } finally {
    member.connection.destroy();
  }
}

async function seedsOf(
  { uri }: MongodbPlan,
  { recorder, signal }: ProbeContext,
  srvResolver: () => SrvResolver,
): Promise<Seeds> {
  const { seeds, topology } = uri;
  if ("hosts" in seeds) return { hosts: seeds.hosts, topology };
  return recorder.phase("Resolve", () => srvSeeds(seeds.srv, topology, srvResolver(), signal));
}

async function select(plan: MongodbPlan, seeds: Seeds, context: ProbeContext): Promise<Member> {
  const topology = new Topology(seeds, plan);
  const find = (signal: AbortSignal): Promise<Member> =>
    findServer(topology, (target, visiting) => openMember(target, { plan, seeds, context }, visiting), {
      signal,
      patienceMs: context.timeoutMs * (1 - LAST_WORDS),
    });
  const limit = plan.uri.selectionTimeoutMs;
  const reason = (): Error =>
    failed(
      "TimedOut",
      `MongoDB at ${plan.endpoint} gave no server that takes writes within serverSelectionTimeoutMS ` +
        `(${(limit ?? 0) / 1000} s). Check the servers' load, NetworkPolicies and firewalls.`,
    );
  const member = await (limit === undefined
    ? find(context.signal)
    : withTimeout(context.signal, limit, reason, find));
  // Servers that were passed over may have failed after this one had answered; it is this one that counts.
  for (const phase of ["Resolve", "Connect", ...(plan.tls ? ["TLS" as const] : [])] as const) {
    context.recorder.passed(phase, 0);
  }
  return member;
}

async function logIn(member: Member, seeds: Seeds, { recorder, signal }: ProbeContext): Promise<void> {
  const { connection, hello, where } = member;
  const { uri } = where.plan;
  const { login } = uri;
  if (!login) return;
  await recorder.phase("Authenticate", async () => {
    try {
      const source = authSourceOf(login, uri, seeds.authSource);
      await whileWaiting(signal, authenticate(connection, login, source, hello));
    } catch (error) {
      throw signal.aborted ? signal.reason : mongodbFailure(error, { ...where, during: "authentication" });
    }
  });
}

/** What Authorize is going to look at. */
interface Rights {
  readonly privileges?: unknown;
  /** Why they are not known. */
  readonly unknown?: string;
}

const NOT_TOLD = "the server does not tell the user's privileges";
const NOT_PERMITTED = "not permitted to ask";

async function verify(member: Member, { recorder, signal }: ProbeContext): Promise<Rights> {
  const rights = await phaseIfPermitted(recorder, "Verify", async () => {
    await question(member, "admin", { ping: 1 }, signal);
    return member.where.plan.uri.login ? rightsOf(member, signal) : {};
  });
  return rights ?? { unknown: NOT_PERMITTED };
}

async function rightsOf(member: Member, signal: AbortSignal): Promise<Rights> {
  try {
    const privileges = await askPrivileges(member, signal);
    return privileges === undefined ? { unknown: NOT_TOLD } : { privileges };
  } catch (error) {
    if (error instanceof NotPermittedToAsk) return { unknown: NOT_PERMITTED };
    throw error;
  }
}

async function authorize(member: Member, rights: Rights, { recorder, signal }: ProbeContext): Promise<void> {
  let unknown: string | undefined;
  await phaseIfPermitted(recorder, "Authorize", async () => {
    checkWritable(member);
    if (!member.where.plan.uri.login) return withoutLogin(member, signal);
    const known = rights.unknown === undefined && checkPrivileges(rights.privileges, member);
    await checkCollection(member, signal).catch(ignoreRefusal);
    if (known) return;
    unknown = rights.unknown ?? NOT_TOLD;
    throw new NotPermittedToAsk();
  });
  if (unknown !== undefined) recorder.skipped("Authorize", unknown);
}

/** A server that lists its collections without a login has no access control at all. */
async function withoutLogin(member: Member, signal: AbortSignal): Promise<void> {
  try {
    await checkCollection(member, signal);
  } catch (error) {
    throw error instanceof NotPermittedToAsk ? loginNeeded(member) : error;
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof NotPermittedToAsk)) throw error;
}
