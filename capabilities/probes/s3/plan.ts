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
  /** For messages: the service that the sink's type names. */
  readonly type: Extract<SinkType, "s3" | "gcs">;
  readonly address: BucketAddress;
  readonly credentials: S3Credentials;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
  /** Whose export the verdict predicts. */
  readonly exporter: ExporterSettings;
  readonly write: WritePlan;
}

/** The right to write, and how it is asked. */
export interface WritePlan {
  /** Whether it is asked at all. */
  readonly isAsked: boolean;
  /** The object that the question is about, beside those of the exporter. */
  readonly key: string;
  /** What the names of all objects of the exporter begin with. */
  readonly below: string;
  /** How the status calls it. */
  readonly need: Need;
  /** The sink's: what one namespace's servers answered decides nothing for another. */
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

/** What the probe asks about writing: an object where the exporter puts an inventory of the sink's namespace. */
export function writePlan(
  sink: Sink,
  { prefix }: BucketAddress,
  { options, need }: { readonly options: PlanOptions; readonly need: Need },
): WritePlan {
  const { namespace = "default" } = sink.metadata;
  const { key, below } = objectPath(snapshotSpec(sink), { namespace, prefix });
  return { isAsked: options.s3WriteCheck ?? true, key, below, need, namespace };
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
