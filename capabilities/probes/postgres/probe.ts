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

/** The probe of PostgreSQL 9.6 and later, and of compatible servers. */
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

/** Notes differences between this login and the exporter's, and its unproven parts. */
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

/** Notes that versions which ignore the mode try to create an existing table too. */
function noteMode({ schema }: Catalog, { target }: PostgresPlan, recorder: Recorder): void {
  const creates = target.provisioning === "existing" && schema?.mayCreate === false;
  if (creates) recorder.limited("ExistingStillCreates", "fails");
}
