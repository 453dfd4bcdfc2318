import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { hostHeader, type HttpOrigin } from "../net/http-client";
import { KEY_FILE, parseServiceAccount } from "../google/service-account";
import { isGoogleHost } from "../google/api";
import type { GoogleIdentity } from "../google/token";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { SECRET_FIELD, secretCredentials } from "../s3/credentials";
import { parseEndpoint, type BucketAddress, type Provider } from "../s3/endpoint";
import { bucketEndpoint, snapshotSpec, type S3Plan } from "../s3/plan";
import { optionalText } from "../secret-values";
import { clientCertificate, tlsTrust } from "../tls-trust";

const HOST = "storage.googleapis.com";

export const GOOGLE: Provider = {
  scheme: "gs",
  example: "gs://bucket/prefix",
  defaultRegion: "auto",
  host: () => HOST,
  virtualHosts: false,
  parseHost: (host) => {
    const [, bucket] = /^(?:(.+)\.)?storage\.googleapis\.com$/.exec(host.toLowerCase()) ?? [];
    if (bucket) return { bucket };
    return host.toLowerCase() === HOST ? {} : undefined;
  },
};

/** HMAC keys speak S3's protocol, service accounts Google's own. */
export type GcsPlan = S3Plan | GcsJsonPlan;

export interface GcsJsonPlan extends ProbePlan {
  readonly type: "gcs";
  readonly identity: GoogleIdentity;
  readonly origin: HttpOrigin;
  readonly bucket: string;
  readonly prefix: string;
  /** Where the credentials were found, for messages. */
  readonly source: string;
}

/** @see Probe.plan */
export function gcsPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): GcsPlan {
  const spec = snapshotSpec(sink);
  const address = parseEndpoint(spec.endpoint, spec.options?.region, GOOGLE);
  const secret = secrets.get(SECRET_FIELD);
  const trust = tlsTrust(sink, secrets);
  const certificate = secret && clientCertificate(secret);
  const shared = { trust, ...(certificate ? { clientCertificate: certificate } : {}) };
  if (!secret) {
    const identity = ambientIdentity(address, options);
    return jsonPlan(address, identity, { shared, source: "the operator's own Google identity" });
  }
  const keyFile = optionalText(secret, [KEY_FILE]);
  if (keyFile) {
    const account = parseServiceAccount(keyFile, secret);
    return jsonPlan(address, { kind: "account", account }, { shared, source: account.source });
  }
  const credentials = secretCredentials(secret);
  return { type: "gcs", endpoint: bucketEndpoint(address), address, credentials, ...shared };
}

function jsonPlan(
  address: BucketAddress,
  identity: GoogleIdentity,
  { shared, source }: { shared: Pick<HttpOrigin, "trust" | "clientCertificate">; source: string },
): GcsJsonPlan {
  // The JSON API knows no host names of buckets.
  const host = address.isProvider ? HOST : address.host;
  const origin = { secure: address.secure, host, port: address.port, ...shared };
  const { bucket, prefix } = address;
  return {
    type: "gcs",
    endpoint: `${hostHeader(origin)}/${bucket}`,
    identity,
    origin,
    bucket,
    prefix,
    source,
  };
}

/** A bearer token could be used by whoever receives it, so the pod's own goes to Google alone. */
function ambientIdentity(address: BucketAddress, { ambientCredentials, cloud }: PlanOptions): GoogleIdentity {
  if (!ambientCredentials) {
    throw noCredentials(
      `Name one with ${KEY_FILE}, or with accessKeyID and secretAccessKey. ` +
        "The operator's own identity is used only when KOLLECT_ALLOW_AMBIENT_CREDENTIALS is true",
    );
  }
  if (!isGoogleHost(address.host) || !address.secure) {
    throw noCredentials(
      `Name one with ${KEY_FILE}: the operator's own identity is shown to https://${HOST} only`,
    );
  }
  const metadataHost = cloud?.googleMetadataHost;
  return { kind: "ambient", ...(metadataHost ? { metadataHost } : {}) };
}

function noCredentials(what: string): Error {
  return failed("NoCredentials", `${SECRET_FIELD} names no Secret. ${what}.`);
}
