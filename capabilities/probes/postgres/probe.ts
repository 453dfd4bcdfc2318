import { phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { checkRights } from "./authorize";
import { postgresFailure } from "./errors";
import { sessionAtFirstHost } from "./hosts";
import { postgresPlan, postgresReferences, type PostgresPlan } from "./plan";
import { askRights } from "./rights";
import type { Session } from "./session";

/** PostgreSQL 9.6 and later, and what speaks its protocol. */
export const postgresProbe: Probe<PostgresPlan> = {
  type: "postgres",
  references: postgresReferences,
  plan: postgresPlan,
  run,
};

async function run(plan: PostgresPlan, context: ProbeContext): Promise<void> {
  const session = await sessionAtFirstHost(plan, context);
  context.goodbye(() => session.close());
  await context.recorder.phase("Verify", () => verify(session));
  await authorize(session, plan, context);
}

async function verify(session: Session): Promise<void> {
  try {
    await session.query("SELECT 1");
  } catch (error) {
    throw postgresFailure(error, session.where);
  }
}

async function authorize(session: Session, plan: PostgresPlan, context: ProbeContext): Promise<void> {
  await phaseIfPermitted(context.recorder, "Authorize", async () => {
    checkRights(await askRights(session, plan.target, context.timeoutMs), session);
  });
}
