import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { NotPermittedToAsk, phaseIfPermitted } from "../../not-permitted";
import type { SecureOptions } from "../../net/dialler";
import type { ProbeContext } from "../../probe";
import { distrusted } from "../../secrets/tls-trust";
import type { DsnHost } from "../dsn/hosts";
import { noTls, offersTls } from "./negotiate";
import { endpointOf, type PostgresPlan } from "../plan";
import { notPostgres } from "../stream";

export interface PostgresAttempt {
  readonly plan: PostgresPlan;
  readonly host: DsnHost;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

/** Starts TLS on the socket; undefined when the server does not offer TLS and sslmode does not require it. */
export async function secure(socket: Socket, attempt: PostgresAttempt): Promise<TLSSocket | undefined> {
  const { plan, host, context, signal } = attempt;
  if (!plan.dsn.directTls && !(await agreesOnTls(socket, attempt))) return undefined;
  const secured = await context.dialler
    .secure(socket, secureOptions(plan, host), signal)
    .catch((error: unknown) => {
      const { endpoint } = endpointOf(host);
      throw distrusted(error, {
        endpoint,
        ca: plan.tls.trust.ca,
        exporter: plan.exporter,
        option: "sslrootcert",
      });
    });
  if (plan.dsn.directTls && secured.alpnProtocol !== "postgresql")
    throw notPostgres(endpointOf(host).endpoint);
  noteTrust(attempt);
  return secured;
}

async function agreesOnTls(
  socket: Socket,
  { plan, host, context, signal }: PostgresAttempt,
): Promise<boolean> {
  const where = endpointOf(host);
  const { mode } = plan.tls;
  const agreed = await phaseIfPermitted(context.recorder, "TLS", async () => {
    if (await offersTls(socket, where, signal)) return true;
    if (mode !== "prefer") throw noTls(where.endpoint, mode);
    throw new NotPermittedToAsk("the server does not offer TLS");
  });
  return agreed === true;
}

/** Whether the certificate's chain is verified: if the mode requires it and the authority is available. */
function verifies({ dsn, tls }: PostgresPlan): boolean {
  const asked = tls.mode === "verify-ca" || tls.mode === "verify-full";
  return (
    asked &&
    !tls.trust.insecureSkipVerify &&
    !(dsn.files.includes("sslrootcert") && tls.trust.ca === undefined)
  );
}

function secureOptions(plan: PostgresPlan, host: DsnHost): SecureOptions {
  const { dsn, tls } = plan;
  return {
    ...(tls.trust.ca !== undefined && !dsn.systemRoots ? { ca: tls.trust.ca } : {}),
    insecureSkipVerify: !verifies(plan),
    servername: host.host,
    verifyName: tls.mode === "verify-full",
    sendName: dsn.sendServerName,
    ...(tls.clientCertificate ? { clientCertificate: tls.clientCertificate } : {}),
    ...(dsn.directTls ? { alpn: ["postgresql"] } : {}),
  };
}

/** Notes the exporter's result with this certificate if `spec.tls` decided instead of the connection string. */
function noteTrust({ plan: { dsn, tls }, context: { recorder } }: PostgresAttempt): void {
  const bySink = (tls.trust.ca !== undefined && !dsn.systemRoots) || tls.trust.insecureSkipVerify;
  const isAsked = dsn.sslMode === "verify-ca" || dsn.sslMode === "verify-full";
  const hasFile = dsn.files.includes("sslrootcert");
  if (bySink && isAsked && !hasFile) recorder.limited("TLSSettingsIgnored", "fails");
}
