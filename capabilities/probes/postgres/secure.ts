import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { exporterName, holds } from "../../domain/exporter/judge";
import { failed, FailureError } from "../../domain/failure";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { SecureOptions } from "../net/dialler";
import type { ProbeContext } from "../probe";
import type { DsnHost } from "./dsn-hosts";
import { noTls, offersTls } from "./negotiate";
import { endpointOf, type PostgresPlan } from "./plan";
import { notPostgres } from "./stream";

export interface Attempt {
  readonly plan: PostgresPlan;
  readonly host: DsnHost;
  readonly context: ProbeContext;
  readonly signal: AbortSignal;
}

/** Puts TLS on the socket; undefined when the server does not offer TLS and sslmode does not insist. */
export async function secure(socket: Socket, attempt: Attempt): Promise<TLSSocket | undefined> {
  const { plan, host, context, signal } = attempt;
  if (!plan.dsn.directTls && !(await agreesOnTls(socket, attempt))) return undefined;
  const secured = await context.dialler
    .secure(socket, secureOptions(plan, host), signal)
    .catch((error: unknown) => {
      throw distrusted(error, plan, host);
    });
  if (plan.dsn.directTls && secured.alpnProtocol !== "postgresql")
    throw notPostgres(endpointOf(host).endpoint);
  noteTrust(attempt);
  return secured;
}

async function agreesOnTls(socket: Socket, { plan, host, context, signal }: Attempt): Promise<boolean> {
  const where = endpointOf(host);
  const { mode } = plan.tls;
  const agreed = await phaseIfPermitted(context.recorder, "TLS", async () => {
    if (await offersTls(socket, where, signal)) return true;
    if (mode !== "prefer") throw noTls(where.endpoint, mode);
    throw new NotPermittedToAsk("the server does not offer TLS");
  });
  return agreed === true;
}

/** Whether the certificate's chain is verified: where the mode asks for it and the authority is at hand. */
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

/** What the exporter does with this certificate, where `spec.tls` decided instead of the connection string. */
function noteTrust({ plan: { dsn, tls }, context: { recorder } }: Attempt): void {
  const bySink = (tls.trust.ca !== undefined && !dsn.systemRoots) || tls.trust.insecureSkipVerify;
  const isAsked = dsn.sslMode === "verify-ca" || dsn.sslMode === "verify-full";
  const hasFile = dsn.files.includes("sslrootcert");
  if (bySink && isAsked && !hasFile) recorder.limited("TLSSettingsIgnored", "fails");
}

/** An untrusted certificate, with advice that works for the exporter too. */
function distrusted(error: unknown, { tls, exporter }: PostgresPlan, host: DsnHost): unknown {
  if (!(error instanceof FailureError) || error.failure.cause !== "TLSUntrusted") return error;
  const { endpoint } = endpointOf(host);
  const ignored = holds("TLSSettingsIgnored", exporter);
  const whose =
    tls.trust.ca === undefined ? "an authority that the system trusts" : "the authority in spec.tls";
  const advice = ignored
    ? `${exporterName(exporter)} ignores spec.tls of this type: put the authority into a file of the exporter's pod and name it in sslrootcert`
    : "Put the authority's certificate into spec.tls.caBundle or the Secret of spec.tls.caSecretRef";
  return failed(
    "TLSUntrusted",
    `The certificate of ${endpoint} is not signed by ${whose}. ${advice}.`,
    error,
  );
}
