import { failed } from "../../../domain/failure";
import { whileWaiting, withTimeout } from "../../../lib/abort";
import type { DialTarget } from "../../net/dialler";
import { orDestroy } from "../../net/sockets";
import type { ProbeContext } from "../../probe";
import { authSourceOf } from "../credentials";
import { reaching, shownAs } from "./advertised";
import { mechanismQuestion } from "../authenticate";
import { ProbeConnection } from "../connection";
import { mongodbFailure, serverAt, type MongodbWhere } from "../errors";
import { secure } from "../secure";
import type { Hello } from "./hello";
import type { MongodbPlan } from "../plan";
import type { Seeds } from "./srv";

/** A connected server with its hello. */
export interface Member {
  readonly target: DialTarget;
  readonly connection: ProbeConnection;
  readonly hello: Hello;
  readonly where: Omit<MongodbWhere, "during">;
}

export interface Visit {
  readonly plan: MongodbPlan;
  readonly seeds: Seeds;
  readonly context: ProbeContext;
}

/**
 * Connects to a server and requests its hello. Rejects with `FailureError` or the signal's reason, and then leaves no
 * connection open.
 */
export function openMember(target: DialTarget, visit: Visit, signal: AbortSignal): Promise<Member> {
  const limit = visit.plan.uri.connectTimeoutMs;
  const connect = (limited: AbortSignal): Promise<Member> =>
    connectTo(target, visit, limited).catch((error: unknown) => {
      throw reaching(error, target, visit.seeds);
    });
  if (limit === undefined) return connect(signal);
  const reason = (): Error =>
    failed(
      "TimedOut",
      `${serverAt({ endpoint: shownAs(target, visit.seeds) })} did not answer within connectTimeoutMS (${limit / 1000} s). ` +
        "Check the address, NetworkPolicies, firewalls and the server's load.",
    );
  return withTimeout(signal, limit, reason, connect);
}

async function connectTo(target: DialTarget, visit: Visit, signal: AbortSignal): Promise<Member> {
  const { plan, context } = visit;
  const socket = await context.dialler.connect(target, signal);
  const endpoint = shownAs(target, visit.seeds);
  const where = { endpoint, host: endpoint, plan };
  return orDestroy(socket, signal, async () => {
    const stream = plan.tls ? await secure(socket, target, { plan, endpoint, context }, signal) : socket;
    if (!plan.tls) notePlainText(context);
    const connection = new ProbeConnection(stream, endpoint, context.derivationTurn);
    const hello = await askHello(connection, { ...where, during: "hello" }, visit, signal);
    return { target, connection, hello, where };
  });
}

/** The first answer is part of the login when the connection string has one. */
async function askHello(
  connection: ProbeConnection,
  where: MongodbWhere,
  { plan, seeds, context }: Visit,
  signal: AbortSignal,
): Promise<Hello> {
  const { login, appName } = plan.uri;
  const source = login && authSourceOf(login, plan.uri, seeds.authSource);
  const mechanismsOf = mechanismQuestion(login, source ?? "");
  const question = {
    loadBalanced: seeds.topology.loadBalanced === true,
    ...(appName === undefined ? {} : { appName }),
    ...(mechanismsOf === undefined ? {} : { mechanismsOf }),
  };
  return context.recorder.phase(login ? "Authenticate" : "Verify", async () => {
    try {
      return await whileWaiting(signal, connection.ask(question));
    } catch (error) {
      throw signal.aborted ? signal.reason : mongodbFailure(error, where);
    }
  });
}

function notePlainText({ recorder }: ProbeContext): void {
  recorder.insecure("PlainText");
  recorder.skipped("TLS", "the connection string does not turn TLS on");
}
