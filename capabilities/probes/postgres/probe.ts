import { NotPermittedToAsk } from "../not-permitted";
import type { Probe, ProbeContext, Recorder } from "../probe";
import { checkNeeds } from "./needs/authorize";
import { askCatalog, type Catalog } from "./needs/catalog";
import { askDetails } from "./needs/details";
import { consoleFailure, postgresFailure } from "./errors";
import { sessionAtFirstHost } from "./hosts";
import { postgresPlan, postgresReferences, type PostgresPlan } from "./plan";
import { checkPooling, checkProtocol, checkSimpleProtocol } from "./pooling";
import type { Session } from "./session";
import { noteDoubts, noteFiles } from "./needs/unproven";

/** PostgreSQL 9.6 and later, and what speaks its protocol. */
export const postgresProbe: Probe<PostgresPlan> = {
  type: "postgres",
  references: postgresReferences,
  plan: postgresPlan,
  run,
};

async function run(plan: PostgresPlan, context: ProbeContext): Promise<void> {
  const session = await sessionAtFirstHost(plan, context);
  context.closeLater(() => session.close());
  noteLogin(session, context.recorder);
  await context.recorder.phase("Verify", () => verify(session));
  await authorize(session, plan, context);
}

async function verify(session: Session): Promise<void> {
  if (session.server.console) throw consoleFailure(session.where);
  checkProtocol(session);
  checkSimpleProtocol(session);
  try {
    await session.query("SELECT 1");
  } catch (error) {
    throw postgresFailure(error, session.where);
  }
}

/** What of the login the exporter does otherwise, or cannot be asked. */
function noteLogin({ login, where: { plan, secured } }: Session, recorder: Recorder): void {
  noteFiles(plan, recorder);
  if (!plan.tls.clientCertificate || !secured) return;
  if (login.asked === "none") recorder.limited("ClientCertificateIgnored", "fails");
  else recorder.unproven("postgres:ClientCertificate", "NotAnswered", NEEDS_CERTIFICATE);
}

const NEEDS_CERTIFICATE =
  "whether the login works without the client certificate, which the exporter does not send, was not tried";

async function authorize(session: Session, plan: PostgresPlan, context: ProbeContext): Promise<void> {
  const { recorder, timeoutMs } = context;
  try {
    await recorder.phase("Authorize", async () => {
      const catalog = await askCatalog(session, plan.target, timeoutMs);
      await checkPooling(session, catalog, recorder);
      const details = await askDetails(session, plan.target, { catalog, timeoutMs });
      checkNeeds(catalog, details, session.where);
      noteDoubts(catalog, details, recorder);
      noteMode(catalog, plan, recorder);
    });
  } catch (error) {
    if (!(error instanceof NotPermittedToAsk)) throw error;
    recorder.skipped("Authorize", error.why);
    recorder.unproven("postgres:Privileges", "NotAnswered", error.why);
  }
}

/** A table that exists is created all the same by the versions that ignore the mode. */
function noteMode({ schema }: Catalog, { target }: PostgresPlan, recorder: Recorder): void {
  const creates = target.provisioning === "existing" && schema?.mayCreate === false;
  if (creates) recorder.limited("ExistingStillCreates", "fails");
}
