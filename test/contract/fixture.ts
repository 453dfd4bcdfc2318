import type { Cause } from "../../capabilities/api/vocabulary";
import {
  blackHole,
  drip,
  greeter,
  hangUp,
  otherProtocol,
  resetter,
  WEB_REFUSAL,
  type Fault,
} from "../../lab/faults";
import type { Relayed } from "./relay-contract";
import type { LabServer } from "../../lab/backends/backend";
import type { ProbeCase } from "../../lab/backends/run-case";

export interface Expected {
  readonly probeCase: ProbeCase;
  readonly cause: Cause;
}

/** A server that proves who it is and is silent then, and a case aimed at it. */
export type SilentServer = () => Promise<{ readonly fault: Fault; readonly probeCase: ProbeCase }>;

/** Of protocols whose servers prove who they are with certificates. */
export interface TlsFixture {
  /** Real or faulty servers with a certificate that must not be believed. */
  readonly tls: { untrusted(): ProbeCase; nameMismatch(): ProbeCase; expired(): ProbeCase };
  readonly silentAfterTls: SilentServer;
}

/** Of protocols over SSH. */
export interface SshFixture {
  /** Real servers with a host key that must not be believed. */
  readonly hostKey: { unknown(): ProbeCase; mismatch(): ProbeCase };
  readonly silentAfterKeyExchange: SilentServer;
}

/**
 * What one way to speak to a backend brings to the contract. Members are functions where servers must have started first: the
 * suite calls them inside its tests.
 */
export type ProbeFixture = CommonFixture & (TlsFixture | SshFixture);

export interface CommonFixture {
  /** How its sinks are aimed at other addresses, and how its protocol is broken. */
  readonly lab: LabServer;
  /** A case that succeeds at a real server. */
  good(): ProbeCase;
  /** Every secret in the Secrets of all cases: passwords, tokens, keys. None may ever be shown. */
  readonly secrets: readonly string[];
  /** Real servers that refuse the credentials. */
  badCredentials(): Expected;
  /** Sinks at further real servers, by what is special about them. */
  readonly others?: Readonly<Record<string, () => ProbeCase>>;
  /** Real servers that the probe reaches through a relay, which then breaks the connection anywhere. */
  readonly relayed: readonly Relayed[];
}

export type StartFault = (lab: Pick<LabServer, "dripBytes" | "serverSpeaksFirst">) => Promise<Fault>;

/** How servers misbehave, and what that may be reported as. */
export const FAULTS = {
  "accepts and never answers": { start: () => blackHole(), causes: ["TimedOut"] },
  "sends one byte at a time": {
    start: ({ dripBytes }) => drip(dripBytes),
    causes: ["TimedOut"],
  },
  "resets the connection": {
    start: ({ serverSpeaksFirst }) => resetter(serverSpeaksFirst),
    causes: ["Unreachable", "TLSFailed", "ProtocolError"],
  },
  "hangs up at once": { start: () => hangUp(), causes: ["Unreachable", "TLSFailed", "ProtocolError"] },
  "speaks another protocol": {
    start: ({ serverSpeaksFirst }) => (serverSpeaksFirst ? greeter(WEB_REFUSAL) : otherProtocol()),
    causes: ["ProtocolError", "TLSFailed"],
  },
  "greets in another protocol": {
    start: () => greeter(),
    causes: ["ProtocolError", "TLSFailed", "TimedOut"],
  },
} as const satisfies Record<string, { start: StartFault; causes: readonly Cause[] }>;
