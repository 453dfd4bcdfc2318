import { exporterName, holds } from "../domain/exporter/judge";
import { failed, FailureError } from "../domain/failure";
import { openHttp, type HttpClient, type HttpOrigin } from "./net/http-client";
import { isPubliclyTrusted } from "./net/tls";
import type { ProbeContext } from "./probe";
import type { ExporterSettings } from "../domain/exporter/settings";

/** Connects to a store over HTTP, as {@link notingTrust} describes. Rejects as {@link openHttp} does. */
export function openStore(
  origin: HttpOrigin,
  exporter: ExporterSettings,
  context: ProbeContext,
): Promise<HttpClient> {
  return notingTrust(exporter, context, (noting) => openHttp(origin, noting));
}

/**
 * Connects, and notes a limitation if the connection depended on `spec.tls`, which the exporter may ignore. The advice
 * of a failure names no setting that the exporter ignores.
 */
export async function notingTrust<T>(
  exporter: ExporterSettings,
  context: ProbeContext,
  run: (context: ProbeContext) => Promise<T>,
): Promise<T> {
  try {
    return await run(withNotes(context));
  } catch (error) {
    throw holds("TLSSettingsIgnored", exporter) ? withoutTlsAdvice(error, exporter) : error;
  }
}

function withNotes(context: ProbeContext): ProbeContext {
  const { dialler, recorder } = context;
  return {
    ...context,
    dialler: {
      connect: (target, signal) => dialler.connect(target, signal),
      secure: async (socket, options, signal) => {
        const secured = await dialler.secure(socket, options, signal);
        const isSet = options.ca !== undefined || options.insecureSkipVerify;
        if (isSet && !isPubliclyTrusted(secured, options.servername)) {
          recorder.limited("TLSSettingsIgnored", "fails");
        }
        return secured;
      },
    },
  };
}

/** Replaces the advice to set an authority in the sink, with which the test would pass but no export would work. */
function withoutTlsAdvice(error: unknown, exporter: ExporterSettings): unknown {
  if (!(error instanceof FailureError) || error.failure.cause !== "TLSUntrusted") return error;
  const [found = ""] = error.failure.message.split(/(?<=\.) (?=Put )/);
  const advice =
    `${exporterName(exporter)} ignores spec.tls of this type: use a publicly trusted certificate, ` +
    "or put the authority into the exporter's pod (SSL_CERT_FILE).";
  return failed("TLSUntrusted", `${found} ${advice}`, error);
}
