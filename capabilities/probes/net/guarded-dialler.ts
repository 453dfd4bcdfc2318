import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { FailureError } from "../../domain/failure";
import { hostPort, quoted } from "../messages";
import type { Recorder } from "../probe";
import { whileWaiting } from "../../lib/abort";
import { isPrivateAddress, type AddressPolicy } from "./address-policy";
import { connectFirst } from "./connect";
import type { Dialler, DialTarget, SecureOptions } from "./dialler";
import { explained, type Where } from "./errors";
import { createTrafficLimits } from "./limits";
import { permittedAddresses, type ResolveHost } from "./names/resolve";
import { handshake, startTls } from "./tls";

export interface DiallerDependencies {
  readonly policy: AddressPolicy;
  readonly recorder: Recorder;
  readonly resolveHost: ResolveHost;
  /** The attempt's signal: when it aborts, every socket is destroyed with its reason. */
  readonly signal: AbortSignal;
  /** Limit for all connections together, in bytes; absent means the default. */
  readonly maxBytesIn?: number | undefined;
}

/** A {@link Dialler} for one attempt. */
export interface AttemptDialler extends Dialler {
  /** Destroys all open sockets. */
  close(): void;
  /** The failure for a peer that exceeded a limit, however a driver reported it. */
  overrun(): FailureError | undefined;
}

export function createDialler(dependencies: DiallerDependencies): AttemptDialler {
  const { policy, recorder, resolveHost } = dependencies;
  const open = new Set<Socket>();
  const targets = new WeakMap<Socket, DialTarget>();
  const attempt = dependencies.signal;
  const traffic = createTrafficLimits(dependencies.maxBytesIn);

  function adopt<S extends Socket>(socket: S, target: DialTarget): S {
    open.add(socket);
    targets.set(socket, target);
    traffic.watch(socket);
    // A socket without a listener would end the process when it fails after its driver has removed its own.
    // Drivers that still listen get the same event.
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
    // In a later turn, so that a driver with its own TLS on top closes first: see destroyThrough.
    setImmediate(() => closeAll(attempt.reason as Error));
  }
  attempt.addEventListener("abort", onAbort, { once: true });

  async function connect(target: DialTarget, signal: AbortSignal = attempt): Promise<Socket> {
    const addresses = await recorder.phase("Resolve", () =>
      whileWaiting(
        signal,
        permittedAddresses(target, policy, (host) => resolveHost(host, signal)),
      ),
    );
    if (addresses.some(({ address }) => isPrivateAddress(address))) recorder.limited("PrivateAddressRefused");
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
      traffic.watchBeneath(socket);
      recorder.tls(await handshake(secured, options, where, signal));
      if (options.insecureSkipVerify) recorder.insecure("VerificationSkipped");
      return secured;
    });
  }

  return { connect, secure, close: () => closeAll(), overrun: () => traffic.reached() };
}

function ignoreLateError(): void {
  // Code that waits for this socket has its own listener or sees it close.
}

function whereOf(target: DialTarget): Where {
  return { endpoint: hostPort(target), host: quoted(target.host) };
}
