import type { Sink } from "../api/types";
import type { PhaseName, SinkType } from "../api/vocabulary";
import type { TlsPeer } from "../domain/outcome";
import type { Secret } from "../domain/ports";
import type { Dialler } from "./net/dialler";

/** A Secret that a sink names, before anybody looked whether it may be read. */
export interface SecretReference {
  /** The field of the sink, for messages: `spec.postgres.databaseRef`. */
  readonly field: string;
  readonly name: string;
  /** As written in the sink; absent means the sink's own namespace. */
  readonly namespace?: string;
}

/** The Secrets that {@link Probe.references} named and policy allowed, by the field that names them. */
export type ResolvedSecrets = ReadonlyMap<string, Secret>;

export interface PlanOptions {
  /** Whether a probe may use the pod's own identity when a sink names no Secret. */
  readonly ambientCredentials: boolean;
  /** What the cloud providers' own variables say; absent means that none is set. */
  readonly cloud?: CloudEnvironment;
}

/** The pod's own identity at the cloud providers, as their platforms put it into the environment. */
export interface CloudEnvironment {
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
  readonly awsKey?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_SESSION_NAME` (IAM roles for service accounts). */
  readonly awsRole?: { readonly arn: string; readonly tokenFile: string; readonly sessionName?: string };
  /** `AWS_ENDPOINT_URL_S3`: a service that may be shown the pod's AWS identity although it is not AWS's. */
  readonly awsS3Endpoint?: string;
  /** `AWS_ENDPOINT_URL_STS`: where to exchange the role's token instead of AWS's regional address. */
  readonly awsStsEndpoint?: string;
  /** `GCE_METADATA_HOST`: host or host:port instead of Google's metadata server. */
  readonly googleMetadataHost?: string;
  /** `BIGQUERY_EMULATOR_HOST`: host:port that answers instead of BigQuery, without TLS or credentials. */
  readonly bigqueryEmulatorHost?: string;
}

/**
 * A backend's probe, in three steps so that the first two stay pure.
 * `P` is the backend's own plan: everything that it will dial, and with what.
 */
export interface Probe<P extends ProbePlan = ProbePlan> {
  readonly type: SinkType;
  /** Which Secrets the sink names. Throws {@link FailureError} `InvalidConfiguration` for a missing block. */
  references(sink: Sink): SecretReference[];
  /**
   * Turns the sink and its Secrets into a plan. Throws {@link FailureError}: `SecretKeyMissing`,
   * `SecretValueInvalid`, `NoCredentials`, `InvalidConfiguration`.
   */
  plan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): P;
  /**
   * Dials and asks. Resolves when the sink would work; rejects with {@link FailureError} when not. Must
   * settle soon after `context.signal` aborts, and leave no socket, timer or listener behind but what
   * {@link ProbeContext.goodbye} closes.
   */
  run(plan: P, context: ProbeContext): Promise<void>;
}

export interface ProbePlan {
  /** `host:port` or `host/bucket`, never with userinfo or query. Also the key of the per-endpoint limit. */
  readonly endpoint: string;
}

export interface ProbeContext {
  /** Aborts at the attempt's deadline and when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** Milliseconds that the attempt has from dialling, for drivers that want a number beside the signal. */
  readonly timeoutMs: number;
  readonly dialler: Dialler;
  readonly recorder: Recorder;
  /**
   * Has a session closed in good order after `run` has settled. No verdict waits for that, but the next probe
   * of the sink does. It must settle soon after `signal` aborts, which it does at the attempt's deadline.
   */
  goodbye(close: () => Promise<void>): void;
}

/** What a probe notes while it runs; the report is made of it whether the probe ends well or not. */
export interface Recorder {
  /** Runs a phase and notes its time and result; a rejection marks it Failed and goes on to the caller. */
  phase<T>(name: PhaseName, run: () => Promise<T>): Promise<T>;
  /** Notes a phase whose time was measured elsewhere (inside a driver). */
  passed(name: PhaseName, latencyMs: number): void;
  skipped(name: PhaseName, why: string): void;
  /** Notes the version number in the text; the first one wins. */
  serverVersion(text: string): void;
  /** Notes the peer's certificate; the first call wins, because the first hop is the sink's own. */
  tls(peer: TlsPeer): void;
  /** Notes that the peer's identity was not verified; of several notes the worst counts, plain text. */
  insecure(why: "VerificationSkipped" | "PlainText"): void;
}
