import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { DialTarget, SecureOptions } from "../net/dialler";
import { isPubliclyTrusted } from "../net/tls";
import type { ProbeContext } from "../probe";
import { distrusted } from "../secrets/tls-trust";
import type { MongodbPlan, MongodbTls } from "./plan";

/** Who secures a connection, and where. */
export interface Securing {
  readonly plan: MongodbPlan;
  /** As messages show it. */
  readonly endpoint: string;
  readonly context: ProbeContext;
}

/** Puts TLS on the socket, and notes where `spec.tls` decided, which the exporter may ignore. */
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

/** Whether the connection would come about without `spec.tls` too; the exporter speaks plain text where no TLS is asked. */
function wouldBeTrusted(
  { uri: { seeds, tls } }: MongodbPlan,
  secured: TLSSocket,
  { host }: DialTarget,
): boolean {
  return (tls.enabled ?? "srv" in seeds) && isPubliclyTrusted(secured, host);
}
