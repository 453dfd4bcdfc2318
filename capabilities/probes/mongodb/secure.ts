import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { DialTarget, SecureOptions } from "../net/dialler";
import { isPubliclyTrusted } from "../net/tls";
import type { ProbeContext } from "../probe";
import { distrusted } from "../secrets/tls-trust";
import type { MongodbPlan, MongodbTls } from "./plan";

/** Context for securing a connection. */
export interface Securing {
  readonly plan: MongodbPlan;
  /** The server's name in messages. */
  readonly endpoint: string;
  readonly context: ProbeContext;
}

/** Starts TLS on the socket, and notes if the result depended on `spec.tls`, which the exporter may ignore. */
export async function secure(
  socket: Socket,
  target: DialTarget,
  { plan, endpoint, context }: Securing,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { tls } = plan;
  const secured = await context.dialler
    .secure(socket, secureOptions(target, tls), signal)
    .catch((error: unknown) => {
      throw distrusted(error, { endpoint, ca: tls?.ca, exporter: plan.exporter, option: "tlsCAFile" });
    });
  if (tls?.bySink && !wouldBeTrusted(plan, secured, target)) {
    context.recorder.limited("TLSSettingsIgnored", "fails");
  }
  return secured;
}

function secureOptions({ host }: DialTarget, tls: MongodbTls | undefined): SecureOptions {
  return {
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    insecureSkipVerify: tls?.insecureSkipVerify ?? false,
    servername: host,
    ...(tls?.clientCertificate ? { clientCertificate: tls.clientCertificate } : {}),
  };
}

/** Whether the connection would work without `spec.tls` too; the exporter uses plain text if nothing turns TLS on. */
function wouldBeTrusted(
  { uri: { seeds, tls } }: MongodbPlan,
  secured: TLSSocket,
  { host }: DialTarget,
): boolean {
  return (tls.enabled ?? "srv" in seeds) && isPubliclyTrusted(secured, host);
}
