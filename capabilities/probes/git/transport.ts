import type { PacketReader } from "./pkt-line";

export type GitService = "git-upload-pack" | "git-receive-pack";

/** Version 2 lists the requested references; version 0 lists all (gitprotocol-v2(5)). */
export type ProtocolVersion = 0 | 2;

/** A Git server's answer. */
export interface GitAnswer {
  /** HTTP status; over SSH 200. */
  readonly status: number;
  /** In lower case, without parameters. */
  readonly contentType: string;
  readonly packets: PacketReader;
}

/** A connection to a Git server, after verification of the peer and login. */
export interface GitTransport {
  /** Starts a service. Servers without version 2 answer in version 0. Rejects as {@link ask} does. */
  advertise(service: GitService, version: ProtocolVersion): Promise<GitAnswer>;
  /** Sends a request of version 2 to git-upload-pack. Rejects with `FailureError` or the signal's reason. */
  ask(request: Uint8Array): Promise<GitAnswer>;
  /** The failure for an error, which over SSH may depend on the command's exit status. */
  explain(error: unknown, service: GitService): Promise<Error>;
  /** Releases the connection; never rejects. */
  close(): Promise<void>;
}
