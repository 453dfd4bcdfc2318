import { firstReachable } from "../first-reachable";
import { phaseIfPermitted, NotPermittedToAsk } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { jetStreamFailure, STREAM_NOT_FOUND } from "./errors";
import { checkRoom, checkStream } from "./jetstream";
import { natsPlan, natsReferences, type NatsPlan } from "./plan";
import { askRights, checkRights } from "./rights";
import { openSession, type Session } from "./session";

/** NATS 2 and later, with or without JetStream. Servers that a server names as its cluster are never dialled. */
export const natsProbe: Probe<NatsPlan> = {
  type: "nats",
  references: natsReferences,
  plan: natsPlan,
  run,
};

async function run(plan: NatsPlan, context: ProbeContext): Promise<void> {
  const session = await firstReachable(
    {
      targets: plan.servers,
      name: "NATS",
      plural: "servers",
      open: (server, signal) => openSession(plan, server, context, signal),
    },
    context,
  );
  try {
    // Undefined when the client may not ask for the stream.
    const isThere = await phaseIfPermitted(context.recorder, "Verify", () => verify(session, plan));
    await authorize(session, context, isThere === false ? plan.stream : undefined);
  } finally {
    session.connection.close();
  }
}

/** Whether the stream is there; true also for a sink that names none. */
async function verify(session: Session, { stream, provisioning }: NatsPlan): Promise<boolean> {
  if (stream === undefined) {
    await session.connection.ping();
    return true;
  }
  const isThere = await checkStream(session, stream);
  if (isThere) return true;
  if (provisioning === "existing") throw noStream(session);
  await checkRoom(session).catch((error: unknown) => {
    if (!(error instanceof NotPermittedToAsk)) throw error;
  });
  return false;
}

function noStream({ where }: Session): Error {
  return jetStreamFailure(STREAM_NOT_FOUND, where);
}

/** @param missingStream the stream that the sink would have to create */
async function authorize(session: Session, context: ProbeContext, missingStream?: string): Promise<void> {
  await phaseIfPermitted(context.recorder, "Authorize", async () => {
    const rights = await askRights(session, context).catch((error: unknown) => {
      const isUnsaid = error instanceof NotPermittedToAsk && missingStream !== undefined;
      throw isUnsaid ? new NotPermittedToAsk(NOT_YET) : error;
    });
    checkRights(rights, session.where, missingStream);
  });
}

const NOT_YET = "the stream does not exist yet, and the server does not say whether it may be created";
