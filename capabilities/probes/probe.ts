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
  /** What the cloud providers' own variables say; absent means that none is set. */
  readonly cloud?: CloudEnvironment;
  /** Which exporter the verdict predicts; absent means the settings of an operator that has none. */
  readonly exporter?: ExporterSettings;
  /** Whether S3's right to write is asked by a PutObject that the server must refuse; absent means yes. */
  readonly s3WriteCheck?: boolean;
}

/**
 * A backend's probe, in three steps so that the first two stay pure.
 * `P` is the backend's own plan: everything that it will dial, and with what.
 */
export interface Probe<P extends ProbePlan = ProbePlan> {
  readonly type: SinkType;
  /** What its servers may send in one attempt, in bytes; absent means the limit of `net/limits.ts`. */
  readonly maxBytesIn?: number;
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
   * {@link ProbeContext.closeLater} closes.
   */
  run(plan: P, context: ProbeContext): Promise<void>;
}

export interface ProbePlan {
  /**
   * `host:port`, several of them with commas between, or `host/bucket`; never with userinfo or query. Where the first
   * host leads to is the key of the per-endpoint limit.
   */
  readonly endpoint: string;
  /** What the verdict calls the endpoint, where that says more, such as `host:port/team/repository.git`. */
  readonly shown?: string;
}

export interface ProbeContext {
  /** Aborts at the attempt's deadline and when the result is no longer needed. */
  readonly signal: AbortSignal;
  /** Milliseconds that the attempt has from dialling, for drivers that want a number beside the signal. */
  readonly timeoutMs: number;
  readonly dialler: Dialler;
  readonly recorder: Recorder;
  /** To be awaited before a key is derived in rounds that the server chose. The wait is not part of the attempt's time. */
  readonly derivationTurn: AwaitTurn;
  /**
   * Has a session closed in good order after `run` has settled. No verdict waits for that, but the next probe
   * of the sink does. It must settle soon after `signal` aborts, which it does at the attempt's deadline.
   */
  closeLater(close: () => Promise<void>): void;
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
  /**
   * Notes a need of the exporter that is neither proven nor missing; the first note of a need counts. `why` is a
   * sentence without a full stop, in the operator's own words.
   */
  unproven(need: Need, kind: UnprovenKind, why: string): void;
  /** Notes that a limitation of the exporter applies; without an effect, the one of its row in the table. */
  limited(id: LimitationId, effect?: LimitationEffect): void;
  /** Notes that the peer's identity was not verified; of several notes the worst counts, plain text. */
  insecure(why: "VerificationSkipped" | "PlainText"): void;
}
