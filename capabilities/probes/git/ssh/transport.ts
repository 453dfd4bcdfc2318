import type { Socket } from "node:net";
import type { ClientChannel } from "ssh2";
import { whileWaiting } from "../../../lib/abort";
import { orDestroy } from "../../net/sockets";
import type { ProbeContext } from "../../probe";
import { gitFailure } from "../errors";
import { FLUSH, PacketError, PacketReader } from "../pkt-line";
import type { SshPlan } from "../plan";
import { commandFailure } from "./command";
import { openSshClient, type SshClient, type SshCommand } from "./client";
import { holdGreeting } from "./greeting";
import { showsCertificate } from "./host-key";
import type { GitAnswer, GitService, GitTransport, ProtocolVersion } from "../transport";

/**
 * Connects to Git over SSH (gitprotocol-pack(5), "SSH Transport"), through a socket of the dialler.
 * Rejects with `FailureError` or the signal's reason.
 */
export async function connectSsh(plan: SshPlan, context: ProbeContext): Promise<GitTransport> {
  const { dialler, recorder, signal } = context;
  const socket = await dialler.connect({ host: plan.at.host, port: plan.at.port });
  if (plan.verifiesHostKey) recorder.skipped("TLS", "SSH encrypts and verifies its host key by itself");
  else {
    recorder.skipped("TLS", "SSH encrypts by itself");
    recorder.insecure("VerificationSkipped");
  }
  holdGreeting(socket);
  return orDestroy(socket, signal, async () => {
    const client = await recorder.phase("Authenticate", () => openSshClient(plan, socket, signal));
    if (showsCertificate(plan, client.offered)) {
      recorder.unproven("git:HostCertificate", "NotAnswered", ONLY_THE_KEY);
    }
    return new SshSession(plan, { client, socket, signal });
  });
}

const ONLY_THE_KEY =
  "the exporter verifies the server's host certificate by the @cert-authority line, and a probe only the host's key";

interface Connection {
  readonly client: SshClient;
  readonly socket: Socket;
  readonly signal: AbortSignal;
}

/** How long a server may take to close after the probe has disconnected, in milliseconds. */
const GOODBYE_MS = 200;
/** How long to wait for an exit status after the end of the output, in milliseconds: it follows at once, or never. */
const EXIT_STATUS_MS = 5000;

class SshSession implements GitTransport {
  readonly #plan: SshPlan;
  readonly #connection: Connection;
  #command: (SshCommand & { readonly reader: PacketReader }) | undefined;

  constructor(plan: SshPlan, connection: Connection) {
    this.#plan = plan;
    this.#connection = connection;
  }

  async advertise(service: GitService, version: ProtocolVersion): Promise<GitAnswer> {
    const { client, signal } = this.#connection;
    this.#endCommand();
    const command = await whileWaiting(signal, this.#start(service, version)).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : (client.failure() ?? commandFailure(error, this.#plan, service));
    });
    const { channel } = command;
    // A channel that fails ends; the connection reports the reason.
    channel.on("error", () => undefined);
    // Its text is never shown, but an unread stream would stop the command.
    channel.stderr.resume();
    const reader = new PacketReader(untilAborted(channel, signal));
    this.#command = { ...command, reader };
    return { status: 200, contentType: `application/x-${service}-advertisement`, packets: reader };
  }

  ask(request: Uint8Array): Promise<GitAnswer> {
    if (!this.#command) throw new Error("no service has been started");
    const { channel, reader } = this.#command;
    channel.write(request);
    return Promise.resolve({ status: 200, contentType: "", packets: reader });
  }

  async explain(error: unknown, service: GitService): Promise<Error> {
    const { client, signal } = this.#connection;
    if (client.failure()) return signal.aborted ? (signal.reason as Error) : (client.failure() as Error);
    // A command that ends without output shows the reason only by its exit status.
    const status = this.#isSilentEnd(error) ? await this.#exitStatus() : undefined;
    // A broken connection first ends its commands, without a status, and then emits its own error.
    if (status && status.code === undefined) await this.#broken();
    if (signal.aborted) return signal.reason as Error;
    const broken = client.failure();
    if (broken) return broken;
    return status
      ? commandFailure(error, this.#plan, service, status.code)
      : gitFailure(error, this.#plan, { service });
  }

  #isSilentEnd(error: unknown): boolean {
    return (
      error instanceof PacketError && error.fault === "truncated" && this.#command?.reader.received === 0
    );
  }

  async #exitStatus(): Promise<{ readonly code?: number }> {
    const code = await within(EXIT_STATUS_MS, this.#command?.exit ?? Promise.resolve(undefined));
    return code === undefined ? {} : { code };
  }

  async #broken(): Promise<void> {
    const { client, socket } = this.#connection;
    if (client.failure()) return;
    await within(GOODBYE_MS, new Promise((resolve) => socket.once("close", resolve)));
  }

  async close(): Promise<void> {
    const { client, socket, signal } = this.#connection;
    if (!signal.aborted && !socket.destroyed) {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      this.#endCommand();
      client.end();
      await within(GOODBYE_MS, closed);
    }
    socket.destroy();
  }

  /** A flush requests nothing in either version and direction, and ends the command gracefully. */
  #endCommand(): void {
    const channel = this.#command?.channel;
    if (channel?.writable) channel.end(FLUSH);
  }

  #start(service: GitService, version: ProtocolVersion): Promise<SshCommand> {
    const command = `${service} ${shellQuoted(this.#plan.at.path)}`;
    // Servers that do not accept the variable answer in version 0.
    const env: Record<string, string> = version === 2 ? { GIT_PROTOCOL: "version=2" } : {};
    return this.#connection.client.exec(command, env);
  }
}

/** As Git quotes for the server's shell. */
function shellQuoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`).replaceAll("!", `'\\!'`)}'`;
}

/** Chunks of a channel; a channel is not notified when an abort destroys its socket. */
async function* untilAborted(channel: ClientChannel, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = channel[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  for (;;) {
    const { done, value } = await whileWaiting(signal, chunks.next());
    if (done) return;
    yield value;
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    void work.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
