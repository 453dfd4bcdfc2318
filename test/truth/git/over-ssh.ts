import { scanned, USER_KEYS, type RowSettings, type Secrets, type SshServers } from "./server";

export const KEY = USER_KEYS.ed25519.private;
export const CLI = { git: { engine: "cli" as const, auth: { type: "ssh" as const } } };

/** How known_hosts names the server. */
export function named({ ssh }: SshServers): string {
  return `[${ssh.host}]:${ssh.port}`;
}

/** The Secret of a working set with other values; an undefined one is left out. */
export function keys(
  other: Readonly<Record<string, string | undefined>>,
): (server: SshServers) => Secrets[string] {
  return (server) => {
    const all = { "ssh-privatekey": KEY, known_hosts: scanned(named(server)), ...other };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  };
}

/** The Secret of a working set with this known_hosts, given the name of the server in it. */
export function known(
  write: (name: string, server: SshServers) => string,
): (server: SshServers) => Secrets[string] {
  return (server) => ({ "ssh-privatekey": KEY, known_hosts: write(named(server), server) });
}

/** The endpoint with this userinfo, such as `git@`. */
export function at(user: string): RowSettings<SshServers>["endpoint"] {
  return ({ ssh }, path) => `ssh://${user}${ssh.host}:${ssh.port}${path}`;
}

/** A working set over SSH, from which every row differs in one thing. */
export const OVER_SSH: RowSettings<SshServers> = {
  endpoint: at("git@"),
  keys: keys({}),
  spec: { git: { auth: { type: "ssh" } } },
};
