import type { KollectSnapshotSink, Sink } from "../../api/types";
import type { Need, SinkType } from "../../api/vocabulary";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import { hostHeader } from "../net/http-client";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { SHARED_FIELD } from "../sink-spec";
import { clientCertificate, SYSTEM_TRUST, tlsTrust } from "../secrets/tls-trust";
import { ambientCredentials, secretCredentials, type S3Credentials } from "./credentials";
import { objectPath } from "./object-path";
import { AWS, checkAwsRegion, parseEndpoint, type BucketAddress } from "./endpoint";

export interface S3Plan extends ProbePlan {
  /** The service named by the sink's type, for messages. */
  readonly type: Extract<SinkType, "s3" | "gcs">;
  readonly address: BucketAddress;
  readonly credentials: S3Credentials;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
  /** The exporter that the verdict predicts. */
  readonly exporter: ExporterSettings;
  readonly write: WritePlan;
}

/** The right to write, and how it is checked. */
export interface WritePlan {
  /** Whether it is checked at all. */
  readonly isAsked: boolean;
  /** Key of the object for the check, next to those of the exporter. */
  readonly key: string;
  /** Common prefix of the exporter's keys. */
  readonly below: string;
  /** Name of the need in the status. */
  readonly need: Need;
  /** The sink's namespace: a server's answer in one namespace has no effect on another. */
  readonly namespace: string;
}

/** @see Probe.plan */
export function s3Plan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): S3Plan {
  const { endpoint, options: settings } = snapshotSpec(sink);
  const address = parseEndpoint(endpoint, settings?.region, AWS);
  const secret = secrets.get(SHARED_FIELD);
  const certificate = secret && clientCertificate(secret);
  const declared = tlsTrust(sink, secrets);
  const credentials = secret ? secretCredentials(secret) : ambientCredentials(address, options);
  checkAwsRegion(address);
  return {
    type: "s3",
    endpoint: bucketEndpoint(address),
    address,
    credentials,
    trust: secret ? declared : SYSTEM_TRUST,
    ...(certificate ? { clientCertificate: certificate } : {}),
    exporter: options.exporter ?? DEFAULT_EXPORTER,
    write: writePlan(sink, address, { options, need: "s3:PutObject" }),
  };
}

/** The check of the right to write: an object at the place of the inventories of the sink's namespace. */
export function writePlan(
  sink: Sink,
  { prefix }: BucketAddress,
  { options, need }: { readonly options: PlanOptions; readonly need: Need },
): WritePlan {
  const { namespace = "default" } = sink.metadata;
  const { key, below } = objectPath(snapshotSpec(sink), { namespace, prefix });
  return { isAsked: options.s3WriteCheck ?? true, key, below, need, namespace };
}

/** `host/bucket`, with the bucket only once. */
export function bucketEndpoint(address: BucketAddress): string {
  return `${hostHeader(address)}${address.basePath === "" ? "" : `/${address.bucket}`}`;
}

/** The spec of a sink whose type is one of the object stores. */
export function snapshotSpec(sink: Sink): KollectSnapshotSink["spec"] {
  if (sink.kind === "KollectSnapshotSink") return sink.spec;
  throw failed("InvalidConfiguration", `spec.type ${sink.spec.type} belongs to a KollectSnapshotSink.`);
}
