import type { Sink } from "../../api/types";
import { hostHeader, type HttpOrigin } from "../net/http-client";
import { KEY_FILE, parseServiceAccount } from "../google/service-account";
import { isGoogleHost } from "../google/api";
import { ambientIdentity, type GoogleIdentity } from "../google/identity";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { secretCredentials } from "../s3/credentials";
import { parseEndpoint, type BucketAddress, type Provider } from "../s3/endpoint";
import { bucketEndpoint, snapshotSpec, type S3Plan } from "../s3/plan";
import { optionalText } from "../secret-values";
import { SHARED_FIELD } from "../sink-spec";
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
  const secret = secrets.get(SHARED_FIELD);
  const trust = tlsTrust(sink, secrets);
  const certificate = secret && clientCertificate(secret);
  const shared = { trust, ...(certificate ? { clientCertificate: certificate } : {}) };
  if (!secret) {
    const identity = ambientIdentity(options, {
      field: SHARED_FIELD,
      otherKeys: "accessKeyID and secretAccessKey",
      isGoogle: isGoogleHost(address.host) && address.secure,
      shownTo: `https://${HOST}`,
    });
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
