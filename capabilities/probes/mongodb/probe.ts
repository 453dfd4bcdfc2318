import { failed } from "../../domain/failure";
import { whileWaiting, withTimeout } from "../../lib/abort";
import { phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext, Recorder } from "../probe";
import { authenticate } from "./authenticate";
import { askRights, checkNeeds, NOT_PERMITTED, type Rights } from "./needs/authorize";
import { authSourceOf } from "./credentials";
import { findServer } from "./discovery/discovery";
import { mongodbFailure } from "./errors";
import { openMember, type Member } from "./discovery/member";
import { mongodbPlan, mongodbReferences, type MongodbPlan } from "./plan";
import { question } from "./needs/question";
import { srvSeeds, systemSrvResolver, type Seeds, type SrvResolver } from "./discovery/srv";
import { Topology } from "./discovery/topology";

/** Fraction of the attempt's time that is reserved to report a replica set without a primary before the deadline. */
const LAST_WORDS = 0.1;

/** The probe of MongoDB 4.4 and later, and of compatible servers. */
export const mongodbProbe: Probe<MongodbPlan> = createMongodbProbe(systemSrvResolver);

/** @param srvResolver creates the resolver for `mongodb+srv://`; one for each attempt */
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
    noteFiles(plan, context.recorder);
    const rights = await verify(member, context);
    const { authSource } = seeds;
    await context.recorder.phase("Authorize", () => checkNeeds(member, { rights, authSource }, context));
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
      `MongoDB at ${plan.endpoint} had no server that accepts writes within serverSelectionTimeoutMS ` +
        `(${(limit ?? 0) / 1000} s). Check the servers' load, NetworkPolicies and firewalls.`,
    );
  const member = await (limit === undefined
    ? find(context.signal)
    : withTimeout(context.signal, limit, reason, find));
  // Other servers may have failed after this one had answered; only this one counts.
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

async function verify(member: Member, { recorder, signal }: ProbeContext): Promise<Rights> {
  const rights = await phaseIfPermitted(recorder, "Verify", async () => {
    await question(member, "admin", { ping: 1 }, signal);
    return member.where.plan.uri.login ? askRights(member, signal) : {};
  });
  return rights ?? { unknown: NOT_PERMITTED };
}

const UNREADABLE = "names a file in the exporter's pod, which the operator cannot read";
const NEEDS_CERTIFICATE =
  "whether the login works without the client certificate, which the exporter does not send, was not tried";

/** Notes needs that depend on files in the exporter's pod or on a client certificate, which the exporter does not send. */
function noteFiles({ uri: { files, login }, tls }: MongodbPlan, recorder: Recorder): void {
  if (files.has("tlscafile"))
    recorder.unproven("mongodb:ServerIdentity", "NotAnswered", `tlsCAFile ${UNREADABLE}`);
  if (files.has("tlscertificatekeyfile") || files.has("tlscertificatefile")) {
    recorder.unproven("mongodb:ClientCertificate", "NotAnswered", `tlsCertificateKeyFile ${UNREADABLE}`);
  } else if (tls?.clientCertificate) {
    if (login?.mechanism === "MONGODB-X509") recorder.limited("ClientCertificateIgnored", "fails");
    else recorder.unproven("mongodb:ClientCertificate", "NotAnswered", NEEDS_CERTIFICATE);
  }
}
