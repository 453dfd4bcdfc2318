import type { KollectSnapshotSink, Sink } from "../../api/types";
import type { SinkType } from "../../api/vocabulary";
import { failed } from "../../domain/failure";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import { hostHeader } from "../net/http-client";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";
import { ambientCredentials, secretCredentials, type S3Credentials } from "./credentials";
import { AWS, parseEndpoint, type BucketAddress } from "./endpoint";

export interface S3Plan extends ProbePlan {
  /** For messages: the service that the sink's type names. */
  readonly type: Extract<SinkType, "s3" | "gcs">;
  readonly address: BucketAddress;
  readonly credentials: S3Credentials;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

/** @see Probe.plan */
export function s3Plan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): S3Plan {
  const { endpoint, options: settings } = snapshotSpec(sink);
  const address = parseEndpoint(endpoint, settings?.region, AWS);
  const secret = secrets.get(SHARED_FIELD);
  const certificate = secret && clientCertificate(secret);
  return {
    type: "s3",
    endpoint: bucketEndpoint(address),
    address,
    credentials: secret ? secretCredentials(secret) : ambientCredentials(address, options),
    trust: tlsTrust(sink, secrets),
    ...(certificate ? { clientCertificate: certificate } : {}),
  };
}

/** `host/bucket`, with the bucket in one place only. */
export function bucketEndpoint(address: BucketAddress): string {
  return `${hostHeader(address)}${address.basePath === "" ? "" : `/${address.bucket}`}`;
}

/** The spec of a sink whose type is one of the object stores. */
export function snapshotSpec(sink: Sink): KollectSnapshotSink["spec"] {
  if (sink.kind === "KollectSnapshotSink") return sink.spec;
  throw failed("InvalidConfiguration", `spec.type ${sink.spec.type} belongs to a KollectSnapshotSink.`);
}
