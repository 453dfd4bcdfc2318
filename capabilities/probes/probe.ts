import type { Sink } from "../api/types";
import type {
  LimitationEffect,
  LimitationId,
  Need,
  PhaseName,
  SinkType,
  UnprovenKind,
} from "../api/vocabulary";
import type { TlsPeer } from "../domain/outcome";
import type { CloudEnvironment } from "../config/cloud-environment";
import type { ExporterSettings } from "../domain/exporter/settings";
import type { ResolvedSecrets } from "../domain/ports";
import type { SecretReference } from "../domain/references";
import type { Dialler } from "./net/dialler";
import type { AwaitTurn } from "./net/key-derivation";

export type { ResolvedSecrets };

export interface PlanOptions {
  /** Whether a probe may use the pod's own identity when a sink names no Secret. */
  readonly ambientCredentials: boolean;
  /** The cloud providers' own variables; absent means that none is set. */
  readonly cloud?: CloudEnvironment;
  /** The exporter that the verdict predicts; absent means the defaults. */
  readonly exporter?: ExporterSettings;
  /** Whether the right to write to S3 is checked with a PutObject that the server must refuse; absent means yes. */
  readonly s3WriteCheck?: boolean;
}

/**
 * A backend's probe, in three steps so that the first two stay pure.
 * `P` is the backend's own plan: everything that it will dial, with its credentials.
 */
export interface Probe<P extends ProbePlan = ProbePlan> {
  readonly type: SinkType;
  /** Maximum received from its servers in one attempt, in bytes; absent means the limit of `net/limits.ts`. */
  readonly maxBytesIn?: number;
  /** The Secrets that the sink names. Throws {@link FailureError} `InvalidConfiguration` for a missing block. */
  references(sink: Sink): SecretReference[];
  /**
   * Turns the sink and its Secrets into a plan. Throws {@link FailureError}: `SecretKeyMissing`,
   * `SecretValueInvalid`, `NoCredentials`, `InvalidConfiguration`.
   */
  plan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): P;
  /**
   * Dials and probes. Resolves when the sink works; rejects with {@link FailureError} when not. Must
   * settle soon after `context.signal` aborts, and leave no socket, timer or listener open except those that
   * {@link ProbeContext.closeLater} closes.
   */
  run(plan: P, context: ProbeContext): Promise<void>;
}

export interface ProbePlan {
  /**
   * `host:port`, several of them separated by commas, or `host/bucket`; never with userinfo or query. The address of
   * the first host is the key of the per-endpoint limit.
   */
  readonly endpoint: string;
  /** The endpoint as the verdict shows it, if that is more specific, such as `host:port/team/repository.git`. */
  readonly shown?: string;
}

export interface ProbeContext {
  /** Aborts at the attempt's deadline and when the result is no longer needed. */
  readonly signal: AbortSignal;
  /** Milliseconds that the attempt has from dialling, for drivers that need a number in addition to the signal. */
  readonly timeoutMs: number;
  readonly dialler: Dialler;
  readonly recorder: Recorder;
  /** Await it before deriving a key in rounds that the server chose. The wait is not part of the attempt's time. */
  readonly derivationTurn: AwaitTurn;
  /**
   * Registers the graceful close of a session, which runs after `run` has settled. The verdict does not wait for it,
   * but the next probe of the sink does. It must settle soon after `signal` aborts, which happens at the attempt's
   * deadline at the latest.
   */
  closeLater(close: () => Promise<void>): void;
}

/** Receiver of a probe's notes while it runs; the report is made from them whether the probe succeeds or fails. */
export interface Recorder {
  /** Runs a phase and notes its time and result; a rejection marks it Failed and is passed on to the caller. */
  phase<T>(name: PhaseName, run: () => Promise<T>): Promise<T>;
  /** Notes a phase whose time was measured elsewhere (inside a driver). */
  passed(name: PhaseName, latencyMs: number): void;
  skipped(name: PhaseName, why: string): void;
  /** Notes the version number in the text; the first call wins. */
  serverVersion(text: string): void;
  /** Notes the peer's certificate; the first call wins, because the first hop is the sink's own. */
  tls(peer: TlsPeer): void;
  /**
   * Notes a need of the exporter that is neither proven nor missing; the first note of a need counts. `why` is a
   * sentence without a full stop, in the operator's own words.
   */
  unproven(need: Need, kind: UnprovenKind, why: string): void;
  /** Notes that a limitation of the exporter applies; the effect defaults to that of its row in the table. */
  limited(id: LimitationId, effect?: LimitationEffect): void;
  /** Notes that the peer's identity was not verified; of several notes the worst counts, plain text. */
  insecure(why: "VerificationSkipped" | "PlainText"): void;
}
