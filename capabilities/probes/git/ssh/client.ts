import type { Socket } from "node:net";
import type { ClientChannel } from "ssh2";
import Client from "ssh2/lib/client.js";
import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { codeOf, netFailure } from "../../net/errors";
import {
  failureOf,
  serverOf,
  SSH_DISCONNECTED,
  SSH_DISCONNECTS,
  SSH_ERRORS,
  SSH_VIOLATED,
  type Row,
} from "../errors";
import { createSshGuard } from "./guard";
import { hostKeyAlgorithms, hostKeyFailure, noKnownKeyType } from "./host-key";
import type { SshPlan } from "../plan";
import { SshRefusal } from "./command";

/** An authenticated SSH connection. */
export interface SshClient {
  /**
   * Runs a command. Rejects with {@link SshRefusal}, or with another error when the connection is lost, which
   * `failure` then returns; does not settle when the socket is destroyed.
   */
  exec(command: string, env: Readonly<Record<string, string>>): Promise<SshCommand>;
  /** The host key algorithms that the server offers. */
  readonly offered: readonly string[];
  /** Why the connection failed, if it did. */
  failure(): Error | undefined;
  /** Sends the disconnect message and ends the connection. */
  end(): void;
}

/** A started command. */
export interface SshCommand {
  readonly channel: ClientChannel;
  /** Its exit status; undefined when the channel closes without one. Never rejects. */
  readonly exit: Promise<number | undefined>;
}

/** State of a connection attempt. */
interface SshAttempt {
  readonly plan: SshPlan;
  readonly socket: Socket;
  hostKeyFailure?: Error;
  /** The host key algorithms that the server offers, once they are known. */
  offered?: readonly string[];
  /** The methods that the server requires after it refused the key. */
  methodsLeft?: readonly string[];
  /** Whether the server accepted the key and requires another factor too. */
  isPartial?: boolean;
}

/**
 * Verifies the host key and authenticates on a connected socket. Rejects with `FailureError` or the signal's
 * reason. The caller keeps ownership of the socket.
 */
export function openSshClient(plan: SshPlan, socket: Socket, signal: AbortSignal): Promise<SshClient> {
  const client = new Client();
  const attempt: SshAttempt = { plan, socket };
  let failure: Error | undefined;
  return new Promise((resolve, reject) => {
    function fail(error: Error): void {
      // The first error is the most specific; later ones are its consequences.
      failure ??= error;
      signal.removeEventListener("abort", onAbort);
      reject(failure);
    }
    function onAbort(): void {
      fail(signal.reason as Error);
    }
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    client.on("error", (error) => fail(sshFailure(error, attempt)));
    client.on("close", () => fail(closed(attempt)));
    client.once("ready", () => {
      signal.removeEventListener("abort", onAbort);
      resolve({
        exec: (command, env) =>
          exec(client, attempt, { command, env }).catch((error: unknown) => {
            // A socket may be closed without an event so far: then ssh2 throws, although the server refused nothing.
            if (!(error instanceof SshRefusal)) fail(closed(attempt));
            throw error;
          }),
        offered: attempt.offered ?? [],
        failure: () => failure,
        end: () => client.end(),
      });
    });
    client.connect({ ...settings(attempt), sock: socket });
  });
}

/**
 * Key exchange algorithms of the exporter's SSH client (its ssh_auth.go has a fixed list), but one. The engine cli runs
 * OpenSSH, which accepts all of ssh2's defaults.
 */
const KEY_EXCHANGES = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group14-sha1",
] as const;

/**
 * Not offered: the server chooses the prime, before its key is verified, and Node tests whether it is one. That blocks
 * every probe of this process, for seconds with a usual prime of 3072 bits and for more than a minute with 8192.
 */
const WITHOUT_GROUP_EXCHANGE = {
  append: [],
  prepend: [],
  remove: ["diffie-hellman-group-exchange-sha256" as const],
};

function settings(attempt: SshAttempt): Parameters<InstanceType<typeof Client>["connect"]>[0] {
  const { plan } = attempt;
  const { user, privateKey } = plan.credentials;
  let isTried = false;
  const guard = createSshGuard(() => violation(attempt));
  return {
    username: user,
    privateKey,
    // The attempt's own deadline ends it.
    readyTimeout: 0,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(plan) as never,
      compress: ["none"],
      kex: plan.engine === "go-git" ? [...KEY_EXCHANGES] : WITHOUT_GROUP_EXCHANGE,
    },
    debug: (line: string) => {
      attempt.offered ??= OFFERED.exec(line)?.[1]?.split(",");
      guard.line(line);
    },
    hostVerifier: (key: Buffer) => {
      attempt.hostKeyFailure = hostKeyFailure(plan, key, attempt.offered ?? []);
      return attempt.hostKeyFailure === undefined;
    },
    authHandler: (methodsLeft: readonly string[] | null, isPartial: boolean | null) => {
      if (isTried) Object.assign(attempt, { methodsLeft: methodsLeft ?? [], isPartial: isPartial === true });
      const next = isTried ? false : "publickey";
      isTried = true;
      return next as never;
    },
  };
}

/** ssh2 reports a server's offer only in its debug lines. */
const OFFERED = /^Handshake: \(remote\) Host key format: ([\w@.,-]{1,1024})/;

interface Started {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

function exec(
  client: InstanceType<typeof Client>,
  attempt: SshAttempt,
  { command, env }: Started,
): Promise<SshCommand> {
  return new Promise((resolve, reject) => {
    client.exec(command, { env }, (error, channel) => {
      if (error) reject(new SshRefusal("refused", { cause: error }));
      else if (takesNothing(channel)) reject(violation(attempt));
      // Subscribed at once: a short command's status may be in the packet that is being read.
      else resolve({ channel, exit: exitOf(channel) });
    });
  });
}

/** Whether the server accepts only packets without content, which ssh2 1.17 would write without end, and block. */
function takesNothing(channel: ClientChannel): boolean {
  const { outgoing } = channel as unknown as { outgoing: { packetSize: number } };
  return outgoing.packetSize < 1;
}

/** The failure for a server that exceeds a limit. Destroys the socket, because such a server may keep it open. */
function violation({ plan, socket }: SshAttempt): Error {
  const failure = failureOf(SSH_VIOLATED, plan, UPLOAD);
  socket.destroy(failure);
  return failure;
}

function exitOf(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    channel.once("exit", (code: unknown) => resolve(typeof code === "number" ? code : undefined));
    channel.once("close", () => resolve(undefined));
  });
}

const UPLOAD = { service: "git-upload-pack" } as const;

/** The failure for an `error` event of the client. */
function sshFailure(error: Error & { level?: string }, attempt: SshAttempt): Error {
  const { plan } = attempt;
  if (attempt.hostKeyFailure) return attempt.hostKeyFailure;
  const network = netFailure(error, { endpoint: plan.endpoint, host: plan.at.host });
  if (network) return network;
  const reason: unknown = "code" in error ? error.code : undefined;
  if (typeof reason === "number") {
    return failureOf(SSH_DISCONNECTS[reason] ?? SSH_DISCONNECTED, plan, { ...UPLOAD, code: reason }, error);
  }
  if (error.level === "client-authentication") return authenticationFailure(error, attempt);
  if (/no matching host key format/.test(error.message)) return noKnownKeyType(plan, attempt.offered ?? []);
  return attempt.socket.bytesRead === 0 ? closed(attempt) : failureOf(rowOf(error), plan, UPLOAD, error);
}

function rowOf({ level, message }: Error & { level?: string }): Row {
  return SSH_ERRORS.find((row) => row.level === level && (row.text?.test(message) ?? true)) ?? NOT_SSH;
}

/** Errors without a level are thrown by its parser of the greeting. */
const NOT_SSH = SSH_ERRORS.find(({ level }) => level === "protocol") ?? SSH_DISCONNECTED;

function authenticationFailure(error: Error, { plan, methodsLeft = [], isPartial }: SshAttempt): Error {
  const { user, key } = plan.credentials;
  if (isPartial) {
    return failed(
      "UnsupportedAuthMechanism",
      `${serverOf(plan)} requires a second factor of user ${quoted(user)} besides the key ${key} of Secret ${plan.secret}. ` +
        "Allow this account to log in with only its key.",
      error,
    );
  }
  if (methodsLeft.length > 0 && !methodsLeft.includes("publickey")) {
    return failed(
      "UnsupportedAuthMechanism",
      `${serverOf(plan)} does not accept keys from user ${quoted(user)}, and the exporter has no other way to log in. ` +
        "Allow public keys there.",
      error,
    );
  }
  const refused = SSH_ERRORS.find(({ level }) => level === "client-authentication") ?? SSH_DISCONNECTED;
  return failureOf(refused, plan, UPLOAD, error);
}

/** The failure for a connection that ended without an error event. */
function closed({ plan, socket }: SshAttempt): Error {
  const code = codeOf(socket.errored) ?? "ECONNRESET";
  const where = { endpoint: plan.endpoint, host: plan.at.host };
  const reset = netFailure(Object.assign(new Error("closed"), { code }), where);
  return reset ?? failed("Unreachable", `${serverOf(plan)} closed the connection. See its log.`);
}
