/** Receives one line of text for a person, without a line end. */
export type Log = (line: string) => void;

/** How a process ended: an exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started here. After {@link restart}, `pid` and `exited` are those of the new one. */
export interface ManagedProcess {
  readonly pid: number;
  /** Settles when the process has ended, however it ended. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Path of its output. A restarted process appends to it. */
  readonly logFile: string;
  /** Ends it by SIGTERM, then SIGKILL after a deadline, also when it is suspended by SIGSTOP. */
  stop(): Promise<void>;
  /** Sends a signal: SIGSTOP makes it silent, SIGKILL makes it crash. Throws when it has ended already. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it if it still runs, starts it again on the same port and data, and waits until it is ready. */
  restart(): Promise<void>;
}

/** A cluster that answers, and how to reach it. */
export interface Cluster {
  /** Path of a kubeconfig whose current context is {@link context} and which holds no other. */
  readonly kubeconfig: string;
  readonly context: string;
  /** URL of the API server. */
  readonly url: string;
  /** Path of an executable kubectl. */
  readonly kubectl: string;
  /** False where nothing deletes dependents of a deleted owner or the content of a deleted namespace. */
  readonly garbageCollector: boolean;
  /** Ends what was started for this cluster, and removes what was written. May be called again. */
  stop(): Promise<void>;
}

/** A cluster that runs already, named on the command line. */
export interface ExistingCluster extends Cluster {
  readonly origin: "context";
}

/** A user of the token file beside the administrator. */
export interface ClusterUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A control plane that was started here. */
export interface ControlPlane extends Cluster {
  /** `built`: from the Go module beside this file; `assets`: from the folder `KUBEBUILDER_ASSETS`. */
  readonly origin: "built" | "assets";
  /** Bearer token of a user in `system:masters`. */
  readonly adminToken: string;
  /** Path of the certificate that vouches for the API server. */
  readonly caFile: string;
  /** Path of the audit log: JSON lines at level Metadata. Empty when auditing is off. */
  readonly auditLog: string;
  readonly dataDir: string;
  /** URL at which etcd takes clients. */
  readonly etcdUrl: string;
  /** Path of the socket at which the API server asks for connections to Services, by HTTP CONNECT. */
  readonly serviceSocket: string;
  readonly processes: {
    readonly etcd: ManagedProcess;
    readonly apiServer: ManagedProcess;
    /** Absent with `KUBEBUILDER_ASSETS`. */
    readonly controllers: ManagedProcess | undefined;
  };
  /**
   * Path of a kubeconfig for `ci` or `developer`, who have no rights until a binding gives them some, or for
   * one of the option `users`. Throws for any other name: the API server reads its token file only when it starts.
   */
  userKubeconfig(name: string): string;
}
