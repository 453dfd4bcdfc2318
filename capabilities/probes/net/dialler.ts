import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

export interface DialTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 1-65535. */
  readonly port: number;
}

/** An address that passed the policy. */
export interface PinnedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A sink's TLS settings, the same for every backend (`spec.tls` and the Secret that it names). */
export interface TlsTrust {
  /** PEM certificates to trust instead of the system's; undefined means the system's. */
  readonly ca?: string;
  /** `spec.tls.insecureSkipVerify`: encrypt, but do not verify the peer. */
  readonly insecureSkipVerify: boolean;
}

/**
 * A probe's only way to open connections. It dials exactly the addresses that it resolved and checked against the
 * address policy, and notes the phases Resolve, Connect and TLS on its recorder. Rejects with a
 * `FailureError` whose message is ready to show, or with the signal's reason. Every socket that it returned is
 * destroyed when the attempt ends or is aborted, so a driver that does not close one leaks nothing.
 *
 * HTTP clients use it through `openHttp` (http-client.ts) or `createAgents` (http-agent.ts).
 */
export interface Dialler {
  /** Resolves, checks every address against the policy, and connects to one of them. */
  connect(target: DialTarget, signal?: AbortSignal): Promise<Socket>;
  /** Upgrades a socket from {@link Dialler.connect} to TLS; verifies `servername` unless the options say otherwise. */
  secure(socket: Socket, options: SecureOptions, signal?: AbortSignal): Promise<TLSSocket>;
}

export interface SecureOptions extends TlsTrust {
  /** The name to send and verify; an address is verified but not sent. */
  readonly servername: string;
  /** False: verify the chain but not the name (libpq's `verify-ca`). */
  readonly verifyName?: boolean;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  readonly alpn?: readonly string[];
  /** `TLSv1.2` and so on; absent means Node's default. */
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** False: do not send the name (libpq's `sslsni=0`). */
  readonly sendName?: boolean;
}

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
