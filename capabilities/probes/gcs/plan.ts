import type { Sink } from "../../api/types";
import { exporterName, holds } from "../../domain/exporter/judge";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { hostHeader, type HttpOrigin } from "../net/http-client";
import { KEY_FILE, parseServiceAccount } from "../google/service-account";
import { ambientIdentity, type GoogleIdentity } from "../google/identity";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { hasAccessKey, secretCredentials } from "../s3/credentials";
import { parseEndpoint, type BucketAddress, type Provider } from "../s3/endpoint";
import { bucketEndpoint, snapshotSpec, writePlan, type S3Plan } from "../s3/plan";
import { optionalText } from "../secrets/secret-values";
import { SHARED_FIELD } from "../sink-spec";
import { clientCertificate, SYSTEM_TRUST, tlsTrust } from "../secrets/tls-trust";
import { quoted } from "../messages";

const HOST = "storage.googleapis.com";

export const GOOGLE: Provider = {
  scheme: "gs",
  forms: `https://${HOST}/bucket/prefix or https://host/bucket/prefix`,
  host: () => HOST,
  virtualHosts: false,
  parseHost: (host) => {
    const [isGoogle, bucket] = /^(?:(.+)\.)?storage\.googleapis\.com$/.exec(host.toLowerCase()) ?? [];
    if (!isGoogle) return undefined;
    return { host: HOST, ...(bucket ? { bucket } : {}) };
  },
};

/** A plan for the S3 protocol with HMAC keys, or for Google's own with a service account. */
export type GcsPlan = S3Plan | GcsJsonPlan;

export interface GcsJsonPlan extends ProbePlan {
  readonly type: "gcs";
  readonly identity: GoogleIdentity;
  readonly origin: HttpOrigin;
  readonly bucket: string;
  readonly prefix: string;
  /** Where the credentials were found, for messages. */
  readonly source: string;
  readonly exporter: ExporterSettings;
}

/** @see Probe.plan */
export function gcsPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): GcsPlan {
  const spec = snapshotSpec(sink);
  const address = parseEndpoint(spec.endpoint, spec.options?.region, GOOGLE);
  const exporter = options.exporter ?? DEFAULT_EXPORTER;
  const secret = secrets.get(SHARED_FIELD);
  if (!secret) {
    const identity = podIdentity(address, options);
    const shared = { trust: SYSTEM_TRUST, exporter };
    return jsonPlan(address, identity, { shared, source: "the operator's own Google identity" });
  }
  const certificate = clientCertificate(secret);
  const shared = {
    trust: tlsTrust(sink, secrets),
    exporter,
    ...(certificate ? { clientCertificate: certificate } : {}),
  };
  // The exporter reads only HMAC keys, so they take precedence.
  const keyFile = hasAccessKey(secret) ? undefined : optionalText(secret, [KEY_FILE]);
  if (keyFile) {
    const account = parseServiceAccount(keyFile, secret);
    return jsonPlan(address, { kind: "account", account }, { shared, source: account.source });
  }
  if (!hasAccessKey(secret)) throw noKeys(secret, exporter);
  const credentials = secretCredentials(secret);
  const need = address.isProvider ? "storage.objects.create" : "s3:PutObject";
  const write = writePlan(sink, address, { options, need });
  return { type: "gcs", endpoint: bucketEndpoint(address), address, credentials, write, ...shared };
}

function noKeys({ name, data }: Secret, exporter: ExporterSettings): Error {
  const wanted = "accessKeyID and secretAccessKey (HMAC keys)";
  const other = holds("CredentialsJSONIgnored", exporter)
    ? `${KEY_FILE} would be tested, but ${exporterName(exporter)} does not read it`
    : `or ${KEY_FILE}, a service account's key file`;
  const empty = [...data.keys()].includes(KEY_FILE) ? ` Its key ${KEY_FILE} is empty.` : "";
  return failed(
    "SecretKeyMissing",
    `Secret ${quoted(name)} has no credentials for a gcs sink.${empty} Add the keys ${wanted}; ${other}.`,
  );
}

function jsonPlan(
  address: BucketAddress,
  identity: GoogleIdentity,
  {
    shared,
    source,
  }: {
    shared: Pick<HttpOrigin, "trust" | "clientCertificate"> & Pick<GcsJsonPlan, "exporter">;
    source: string;
  },
): GcsJsonPlan {
  // The JSON API does not support host names of buckets.
  const host = address.isProvider ? HOST : address.host;
  const { exporter, ...tls } = shared;
  const origin = { secure: address.secure, host, port: address.port, ...tls };
  const { bucket, prefix } = address;
  return {
    type: "gcs",
    endpoint: `${hostHeader(origin)}/${bucket}`,
    identity,
    origin,
    bucket,
    prefix,
    source,
    exporter,
  };
}

/** Any server that receives a bearer token could use it, so the pod's own is sent only to Google. */
function podIdentity(address: BucketAddress, options: PlanOptions): GoogleIdentity {
  const { exporter = DEFAULT_EXPORTER } = options;
  if (exporter.strict && holds("CredentialsJSONIgnored", exporter)) {
    throw failed(
      "NoCredentials",
      `${SHARED_FIELD} names no Secret. Name one with accessKeyID and secretAccessKey: ` +
        `${exporterName(exporter)} uses no Google identity.`,
    );
  }
  return ambientIdentity(options, {
    field: SHARED_FIELD,
    otherKeys: "accessKeyID and secretAccessKey",
    isGoogle: address.isProvider && address.secure,
    shownTo: `https://${HOST}`,
  });
}
