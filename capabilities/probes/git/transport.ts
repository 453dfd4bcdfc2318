import type { PacketReader } from "./pkt-line";

export type GitService = "git-upload-pack" | "git-receive-pack";

/** Version 2 lists the references that are asked for; version 0 lists all (gitprotocol-v2(5)). */
export type ProtocolVersion = 0 | 2;

/** What a Git server said. */
export interface GitAnswer {
  /** HTTP status; over SSH 200. */
  readonly status: number;
  /** In lower case, without parameters. */
  readonly contentType: string;
  readonly packets: PacketReader;
}

/** A connection to a Git server whose peer and credentials are settled. */
export interface GitTransport {
  /** Starts a service. Servers that do not know version 2 answer in version 0. Rejects as {@link ask}. */
  advertise(service: GitService, version: ProtocolVersion): Promise<GitAnswer>;
  /** Sends a request of version 2 to git-upload-pack. Rejects with `FailureError` or the signal's reason. */
  ask(request: Uint8Array): Promise<GitAnswer>;
  /** What an error stands for, which over SSH may need the command's exit status. */
  explain(error: unknown, service: GitService): Promise<Error>;
  /** Lets go of the connection; never rejects. */
  close(): Promise<void>;
}
