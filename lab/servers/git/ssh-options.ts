/** An account, as the program's Config has it. */
export interface SshAccount {
  readonly authorizedKeys?: readonly string[];
  readonly password?: string;
  readonly secondFactor?: boolean;
  /** Never answered when it logs in. */
  readonly undecided?: boolean;
  readonly mayPush?: boolean;
  readonly noCommands?: boolean;
  readonly noSessions?: boolean;
  readonly silent?: boolean;
  /** Printed instead of running Git. */
  readonly shell?: string;
}

export interface GitSshOptions {
  /** Folder with bare repositories; paths of clients are below it. */
  readonly root: string;
  /** Private keys in PEM. */
  readonly hostKeys: readonly string[];
  /** Private key in PEM of an authority; every host key then has a certificate of it for 127.0.0.1. */
  readonly hostAuthority?: string;
  readonly users: Readonly<Record<string, SshAccount>>;
  /** Clients may ask for version 2 of Git's protocol, as with sshd's AcceptEnv. */
  readonly acceptEnv?: boolean;
  readonly keyExchanges?: readonly string[];
  /** What an RSA host key signs by, such as `ssh-rsa` alone. */
  readonly hostKeyAlgorithms?: readonly string[];
}

/** Git over SSH on loopback, with another implementation of SSH than the probe's: golang.org/x/crypto, or OpenSSH. */
export interface GitSshServer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}
