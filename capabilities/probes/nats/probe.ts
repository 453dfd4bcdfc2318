import { firstReachable } from "../first-reachable";
import { phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { authorize } from "./jetstream/authorize";
import { natsPlan, natsReferences, type NatsPlan } from "./plan";
import { openSession } from "./session";
import { survey } from "./jetstream/survey";
import { verify } from "./jetstream/verify";

/** The probe of NATS 2 and later, with JetStream. Servers that a server lists as its cluster are never dialled. */
export const natsProbe: Probe<NatsPlan> = {
  type: "nats",
  references: natsReferences,
  plan: natsPlan,
  run,
};

async function run(plan: NatsPlan, context: ProbeContext): Promise<void> {
  const { recorder } = context;
  const session = await firstReachable(
    {
      targets: plan.servers,
      name: "NATS",
      plural: "servers",
      open: (server, signal) => openSession(plan, server, context, signal),
      // As in nats.go: users, ports and certificates may differ between the servers.
      lasting: new Set(),
    },
    context,
  );
  try {
    const asked = survey(session, context);
    const stream = await phaseIfPermitted(recorder, "Verify", () => verify(session, asked, recorder));
    await phaseIfPermitted(recorder, "Authorize", () =>
      authorize(session, asked, { stream: stream ?? { kind: "unknown" }, recorder }),
    );
  } finally {
    session.connection.close();
  }
}
