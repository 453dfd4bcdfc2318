import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onFreePort } from "../../control-plane/ports";
import { startChild, type Child } from "../programs/child";
import { debianPrograms, librariesIn } from "../programs/debian";
import { installedEditions } from "../programs/edition";
import { gitEnvironment } from "./repositories";
import type { GitSshOptions, GitSshServer, SshAccount } from "./ssh-options";

/** nss_wrapper gives a process users of its own, so that the system's list of users stays as it is. */
const OPENSSH = { name: "openssh", packages: ["openssh-server", "libnss-wrapper", "libwrap0"] };
const HOST = "127.0.0.1";
/** Where Debian's sshd, started as root, confines the part of it that has not logged in yet. */
const EMPTY_FOLDER = "/run/sshd";
/** Numeric ids of `nobody` on Linux. */
const UNPRIVILEGED = 65534;
/** The options of an account that sshd is configured for here. */
const SUPPORTED = new Set<string>(["authorizedKeys", "mayPush", "undecided"] satisfies (keyof SshAccount)[]);

export async function install(): Promise<void> {
  if (installedEditions().includes("second")) await debianPrograms(OPENSSH);
}

/** Starts OpenSSH's server; rejects with its output when it does not come up within 20 s. */
export async function startOpenSsh(options: GitSshOptions): Promise<GitSshServer> {
  refuseUnsupported(options);
  const program = await debianPrograms(OPENSSH);
  const folder = await mkdtemp(join(tmpdir(), "kollect-openssh-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    if (process.getuid?.() === 0) await mkdir(EMPTY_FOLDER, { recursive: true, mode: 0o755 });
    const users = await writeUsers(folder, options);
    const settings = await writeSettings(folder, options);
    const { child, port } = await onFreePort((free) => start(program, { users, settings, port: free }));
    const stop = async (): Promise<void> => {
      await child.stop();
      await remove();
    };
    return { host: HOST, port, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

function refuseUnsupported({ users, keyExchanges, hostKeyAlgorithms, hostAuthority }: GitSshOptions): void {
  const wanted = Object.values(users).flatMap((account) => Object.keys(account));
  const unsupported = wanted.find((name) => !SUPPORTED.has(name));
  if (unsupported !== undefined) throw new Error(`OpenSSH of the tests has no option ${unsupported}`);
  if (keyExchanges || hostKeyAlgorithms) throw new Error("OpenSSH of the tests has its own algorithms");
  if (hostAuthority !== undefined) throw new Error("OpenSSH of the tests has no host certificates");
}

/** Every account has the ids of this process; sshd also needs one without rights. */
async function writeUsers(folder: string, { users }: GitSshOptions): Promise<NodeJS.ProcessEnv> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const accounts = Object.keys(users).map((name) => `${name}:x:${uid}:${gid}::${folder}:/bin/sh\n`);
  const confined = `sshd:x:${UNPRIVILEGED}:${UNPRIVILEGED}::${EMPTY_FOLDER}:/usr/sbin/nologin\n`;
  const [passwd, group] = [join(folder, "passwd"), join(folder, "group")];
  await writeFile(passwd, [...accounts, confined].join(""));
  await writeFile(group, `own:x:${gid}:\nconfined:x:${UNPRIVILEGED}:\n`);
  return { NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group };
}

async function writeSettings(folder: string, options: GitSshOptions): Promise<string> {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const hostKeys = await Promise.all(options.hostKeys.map((key, index) => file(`host-${index}`, key)));
  const command = await file("git-only", GIT_ONLY(options.root));
  await chmod(command, 0o700);
  const accounts = Object.entries(options.users).map(async ([name, account]) => {
    const keys = await file(`keys-${name}`, `${(account.authorizedKeys ?? []).join("\n")}\n`);
    return accountLines(name, account, { keys, command });
  });
  const lines = [
    ...["PidFile none", "UsePAM no", "PermitRootLogin yes", "LogLevel VERBOSE"],
    // The temporary folder above the keys is writable for everyone.
    "StrictModes no",
    ...["PasswordAuthentication no", "KbdInteractiveAuthentication no", "MaxStartups 1000"],
    ...(options.acceptEnv === false ? [] : ["AcceptEnv GIT_PROTOCOL"]),
    ...hostKeys.map((path) => `HostKey ${path}`),
    ...(await Promise.all(accounts)).flat(),
  ];
  return file("sshd_config", `${lines.join("\n")}\n`);
}

function accountLines(
  name: string,
  { mayPush = false, undecided }: SshAccount,
  { keys, command }: { readonly keys: string; readonly command: string },
): string[] {
  const login = undecided
    ? // The only part of a login that can be made to take long; a command whose path root owns.
      ["AuthorizedKeysFile none", "AuthorizedKeysCommand /bin/sleep 10", `AuthorizedKeysCommandUser ${name}`]
    : [`AuthorizedKeysFile ${keys}`];
  return [`Match User ${name}`, ...login, `ForceCommand ${command} ${mayPush ? "write" : "read"}`];
}

/** Runs Git below the folder, as a Git service's own command does; its argument is `read` or `write`. */
const GIT_ONLY = (root: string): string => `#!/bin/sh
${Object.entries(gitEnvironment(root))
  .map(([name, value]) => `export ${name}='${value}'`)
  .join("\n")}
service=\${SSH_ORIGINAL_COMMAND%% *}
path=\${SSH_ORIGINAL_COMMAND#*\\'}
path=\${path%\\'}
case "$service $1" in
"git-upload-pack "* | "git-receive-pack write") exec git "\${service#git-}" "${root}/$path" ;;
"git-receive-pack read") message="The key you are authenticating with has been marked as read only." ;;
*) message="this account runs Git only" ;;
esac
echo "ERROR: $message" >&2
exit 1
`;

interface Start {
  readonly users: NodeJS.ProcessEnv;
  readonly settings: string;
  readonly port: number;
}

async function start(program: string, { users, settings, port }: Start) {
  const libraries = await librariesIn(program);
  const child: Child = await startChild(join(program, "usr/sbin/sshd"), {
    args: ["-D", "-e", "-f", settings, "-o", `ListenAddress=${HOST}:${port}`],
    cwd: "/",
    env: { ...users, LD_LIBRARY_PATH: libraries, LD_PRELOAD: "libnss_wrapper.so" },
    ready: /Server listening on/,
    readyWithinMs: 20_000,
    stopSignal: "SIGTERM",
  });
  return { child, port };
}
