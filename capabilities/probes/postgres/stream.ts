import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { failed, FailureError } from "../../domain/failure";
import type { GiveBack } from "../../lib/turns";
import { scramRounds, type AwaitTurn } from "../net/key-derivation";
import { closedError } from "../net/sockets";
import { MessageGuard } from "./message-guard";

/**
 * The stream for `pg`: a socket that is already connected and secured, with a guard in front of
 * pg's parser. That parser throws from the socket's event (which would end the process), waits for messages
 * of up to 4 GiB, and never ends on some malformed ones.
 */
export class PgStream extends EventEmitter {
  readonly #guard = new MessageGuard();
  /** Messages held back while the turn to derive a key is awaited, beginning with the one that needs the key. */
  #held: Buffer[] | undefined;
  #giveBack: GiveBack | undefined;
  #isDeriving = false;
  #failed = false;
  #ending = false;

  constructor(
    readonly socket: Socket,
    private readonly endpoint: string,
    private readonly before: {
      readonly inspect: (message: Buffer) => void;
      readonly derivationTurn: AwaitTurn;
    },
  ) {
    super();
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("end", () => this.emit("end"));
    socket.on("close", () => this.#closed());
    // The request for TLS left it paused, so that no data was lost in between.
    socket.resume();
  }

  get writable(): boolean {
    return this.socket.writable;
  }

  /** pg calls this to dial, which the dialler has already done. */
  connect(): this {
    process.nextTick(() => this.emit("connect"));
    return this;
  }

  write(data: Buffer, done?: (error?: Error | null) => void): boolean {
    return this.socket.write(data, done);
  }

  /** Notes that pg derives a key until the work settles, also when the connection has ended. */
  async deriving(work: Promise<void>): Promise<void> {
    this.#isDeriving = true;
    try {
      await work;
    } finally {
      this.#isDeriving = false;
      this.#giveBack?.();
    }
  }

  end(): this {
    this.#ending = true;
    this.socket.end();
    return this;
  }

  destroy(error?: Error): this {
    this.socket.destroy(error);
    return this;
  }

  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  setNoDelay(on: boolean): this {
    this.socket.setNoDelay(on);
    return this;
  }

  setKeepAlive(on: boolean, delay: number): this {
    this.socket.setKeepAlive(on, delay);
    return this;
  }

  ref(): void {
    this.socket.ref();
  }

  unref(): void {
    this.socket.unref();
  }

  /** For channel binding; called only on a connection with TLS. */
  getPeerCertificate(): object | undefined {
    return this.socket instanceof TLSSocket ? this.socket.getPeerCertificate() : undefined;
  }

  /** Reports only the first failure, which is the most specific. */
  #fail(error: Error): void {
    if (!this.#failed) this.emit("error", error);
    this.#failed = true;
  }

  #closed(): void {
    if (!this.#ending) this.#fail(closedError());
    this.emit("close");
  }

  #receive(chunk: Buffer): void {
    this.#orFail(() => {
      for (const message of this.#guard.accept(chunk)) {
        this.before.inspect(message);
        this.#pass(message);
      }
    });
  }

  #pass(message: Buffer): void {
    if (this.#held) return void this.#held.push(message);
    const rounds = roundsIn(message);
    if (rounds === 0) return void this.emit("data", message);
    this.#held = [message];
    this.before.derivationTurn(rounds).then(
      (giveBack) => this.#orFail(() => this.#continue(giveBack)),
      (error: unknown) => this.#orFail(() => raise(error)),
    );
  }

  #continue(giveBack: GiveBack): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.socket.destroyed) return giveBack();
    this.#giveBack = giveBack;
    try {
      for (const message of held) this.emit("data", message);
    } finally {
      if (!this.#isDeriving) giveBack();
    }
  }

  #orFail(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.socket.removeAllListeners("data");
      this.#fail(error instanceof FailureError ? error : notPostgres(this.endpoint, error));
      this.socket.destroy();
    }
  }
}

function raise(error: unknown): never {
  throw error;
}

const AUTHENTICATION = 0x52;
const SASL_CONTINUE = 11;
const SASL_DATA_AT = 9;

/** The rounds of key derivation that the message requests; 0 for every other message. Throws for another form of it. */
function roundsIn(message: Buffer): number {
  if (message[0] !== AUTHENTICATION || message.readInt32BE(5) !== SASL_CONTINUE) return 0;
  const rounds = scramRounds(message.toString("latin1", SASL_DATA_AT));
  if (rounds === undefined) throw new Error("malformed message of SCRAM");
  return rounds;
}

/** The failure for a server at a PostgreSQL port with another protocol. */
export function notPostgres(endpoint: string, original?: unknown): Error {
  return failed(
    "ProtocolError",
    `${endpoint} is not a PostgreSQL server. Check host and port of the connection string.`,
    original,
  );
}
