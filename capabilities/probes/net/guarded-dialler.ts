import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { hostPort, quoted } from "../messages";
import type { Recorder } from "../probe";
import { whileWaiting } from "./abort";
import type { AddressPolicy } from "./address-policy";
import { connectFirst } from "./connect";
import { connectPinned } from "./connect-pinned";
import type { Dialler, DialTarget, PinnedAddress, SecureOptions } from "./dialler";
import { explained, type Where } from "./errors";
import { handshake, startTls } from "./handshake";
import { lookupThrough, permittedAddresses, type ResolveHost, type ResolveTarget } from "./resolve";
import { tlsPeer } from "./tls-options";

export interface DiallerDependencies {
  readonly policy: AddressPolicy;
  readonly recorder: Recorder;
  readonly resolveHost: ResolveHost;
  /** The attempt's own: when it aborts, every socket is destroyed with its reason. */
  readonly signal: AbortSignal;
}

/** A {@link Dialler} for one attempt. */
export interface AttemptDialler extends Dialler {
  /** Destroys what is still open. */
  close(): void;
}

export function createDialler(dependencies: DiallerDependencies): AttemptDialler {
  const { policy, recorder, resolveHost } = dependencies;
  const open = new Set<Socket>();
  const targets = new WeakMap<Socket, DialTarget>();
  const attempt = dependencies.signal;

  function adopt<S extends Socket>(socket: S, target: DialTarget): S {
    open.add(socket);
    targets.set(socket, target);
    // A socket without a listener would end the process when it fails after its driver lost interest.
    // Drivers that still listen hear the same event.
    socket.on("error", ignoreLateError);
    socket.once("close", () => open.delete(socket));
    if (attempt.aborted) socket.destroy(attempt.reason as Error);
    return socket;
  }
  function closeAll(reason?: Error): void {
    for (const socket of open) socket.destroy(reason);
    open.clear();
    attempt.removeEventListener("abort", onAbort);
  }
  function onAbort(): void {
    // In a later turn, so that a driver with its own TLS on top goes first: see destroyThrough.
    setImmediate(() => closeAll(attempt.reason as Error));
  }
  attempt.addEventListener("abort", onAbort, { once: true });

  function resolve(target: ResolveTarget, signal: AbortSignal = attempt): Promise<readonly PinnedAddress[]> {
    return recorder.phase("Resolve", () =>
      whileWaiting(signal, permittedAddresses(target, policy, resolveHost)),
    );
  }

  async function connect(target: DialTarget, signal: AbortSignal = attempt): Promise<Socket> {
    const addresses = await resolve(target, signal);
    const socket = await recorder.phase("Connect", () =>
      connectFirst(addresses, target.port, signal).catch((error: unknown) => {
        throw explained(error, whereOf(target), signal);
      }),
    );
    return adopt(socket, target);
  }

  function secure(socket: Socket, options: SecureOptions, signal: AbortSignal = attempt): Promise<TLSSocket> {
    const target = targets.get(socket) ?? { host: options.servername, port: socket.remotePort ?? 0 };
    const where = { endpoint: hostPort(target), host: options.servername };
    return recorder.phase("TLS", async () => {
      const secured = adopt(startTls(socket, options, where), target);
      await handshake(secured, where, signal);
      noteSecured(secured, options);
      return secured;
    });
  }

  function openSocket(target: DialTarget): Socket {
    const socket = adopt(new Socket(), target);
    const connected = resolve(target).then((addresses) =>
      recorder.phase("Connect", () => connectPinned(socket, target, addresses)),
    );
    connected.catch((error: unknown) => socket.destroy(explained(error, whereOf(target), attempt)));
    return socket;
  }

  function openSecure(target: DialTarget, options: SecureOptions): TLSSocket {
    const where = { endpoint: hostPort(target), host: options.servername };
    const raw = openSocket(target);
    const secured = adopt(startTls(raw, options, where), target);
    raw.once("error", (error) => secured.destroy(error));
    raw.once("connect", () => {
      recorder
        .phase("TLS", () => handshake(secured, where, attempt))
        .then(
          () => noteSecured(secured, options),
          (error: unknown) => secured.destroy(error as Error),
        );
    });
    return secured;
  }

  function noteSecured(socket: TLSSocket, options: SecureOptions): void {
    recorder.tls(tlsPeer(socket));
    if (options.insecureSkipVerify) recorder.insecure("VerificationSkipped");
  }

  const lookup = lookupThrough((host) => resolve({ host }));
  return { connect, secure, open: openSocket, openSecure, resolve, lookup, close: () => closeAll() };
}

function ignoreLateError(): void {
  // Whoever waits for this socket has its own listener or sees it close.
}

function whereOf(target: DialTarget): Where {
  return { endpoint: hostPort(target), host: quoted(target.host) };
}
