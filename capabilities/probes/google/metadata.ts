import { failed } from "../../domain/failure";
import { hostPort } from "../messages";
import type { AddressPolicy } from "../net/address-policy";
import { createDialler } from "../net/guarded-dialler";
import { openHttp, type HttpOrigin } from "../net/http-client";
import { systemResolver } from "../net/names/system-resolver";
import type { ProbeContext } from "../probe";
import { createRecorder } from "../recorder";
import { readGoogleAnswer, type GoogleAnswer } from "./answer";

/** Address of the metadata server, from which pods on Google's platforms get their identity. */
export const METADATA_ADDRESS = "169.254.169.254";

const PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/**
 * An access token of the pod's own identity. No sink can reach the metadata server; this is the
 * only way to it, with a dedicated dialler that can reach nothing else, and it is used only for plans made with
 * ambient credentials. Resolves to the token in the answer.
 * Throws `FailureError` `NoCredentials`.
 * @param override `GCE_METADATA_HOST`, which the administrator set
 */
export async function metadataToken(
  override: string | undefined,
  scope: string,
  { signal }: Pick<ProbeContext, "signal">,
): Promise<unknown> {
  const origin = metadataOrigin(override);
  const recorder = createRecorder(() => 0);
  const policy = override === undefined ? METADATA_ONLY : ANYWHERE;
  const dialler = createDialler({ policy, recorder, resolveHost: systemResolver(), signal });
  try {
    const client = await openHttp(origin, { dialler, recorder, signal });
    const path = `${PATH}?scopes=${encodeURIComponent(scope.split(" ").join(","))}`;
    const headers = { "metadata-flavor": "Google" };
    return tokenIn(readGoogleAnswer(await client.request({ method: "GET", path, headers })));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failed(
      "NoCredentials",
      `Google's metadata server at ${hostPort(origin)} has no identity for the operator. ` +
        "Bind its service account (Workload Identity), or name a Secret in the sink.",
      error,
    );
  } finally {
    dialler.close();
  }
}

function tokenIn({ status, json }: GoogleAnswer): unknown {
  if (status === 200 && json) return json.access_token;
  throw new Error(`the metadata server answered HTTP ${status}`);
}

const METADATA_ONLY: AddressPolicy = {
  refusal: (address) => (address === METADATA_ADDRESS ? undefined : "a reserved address"),
};
const ANYWHERE: AddressPolicy = { refusal: () => undefined };

function metadataOrigin(override: string | undefined): HttpOrigin {
  const trust = { insecureSkipVerify: false };
  const url = `http://${override ?? METADATA_ADDRESS}`;
  if (!URL.canParse(url)) {
    throw failed("NoCredentials", "GCE_METADATA_HOST in the operator's environment is not a host.");
  }
  const { hostname, port } = new URL(url);
  return { secure: false, host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80), trust };
}
