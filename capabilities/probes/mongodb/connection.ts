import { arch, platform, release } from "node:os";
import type { Socket } from "node:net";
import type { Document } from "mongodb";
import type { GiveBack } from "../../lib/turns";
import type { AwaitTurn } from "../net/key-derivation";
import { closedError } from "../net/sockets";
import { readHello, type Hello } from "./discovery/hello";
import { MessageGuard } from "./message-guard";
import { checkScramStart } from "./sasl-guard";
import { notMongodb, ServerRefusal } from "./server-refusal";
import { commandMessage, firstMessage, readAnswer } from "./wire";

/** Application name, for the server's log and `currentOp`. */
const CLIENT_NAME = "kollect-connection-test";

export interface HelloQuestion {
  readonly appName?: string;
  readonly loadBalanced: boolean;
  /** `database.user` whose SCRAM mechanisms are requested. */
  readonly mechanismsOf?: string;
}

/**
 * One connection to a server, with one request at a time; the driver's authentication runs through
 * {@link command}. All methods reject with the socket's error, a `ServerRefusal`, or a `FailureError`.
 */
export class ProbeConnection {
  readonly #guard = new MessageGuard();
  #waiting: { resolve(answer: Document): void; reject(error: Error): void } | undefined;
  #ended: Error | undefined;
  #lastId = 0;
  #readsSecondary = false;
  #giveBack: GiveBack | undefined;

  /** @param socket connected, and secured where it has to be */
  constructor(
    private readonly socket: Socket,
    private readonly endpoint: string,
    private readonly derivationTurn: AwaitTurn,
  ) {
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(closedError()));
  }

  /** Sends hello, the first request of every connection. */
  async ask({ appName, loadBalanced, mechanismsOf }: HelloQuestion): Promise<Hello> {
    const question: Document = {
      ...(loadBalanced ? { hello: 1, loadBalanced: true } : { ismaster: 1 }),
      helloOk: true,
      client: clientMetadata(appName),
      compression: [],
      ...(mechanismsOf === undefined ? {} : { saslSupportedMechs: mechanismsOf }),
    };
    const hello = readHello(
      await this.#exchange((id) =>
        loadBalanced ? commandMessage(id, "admin", question) : firstMessage(id, question),
      ),
    );
    this.#readsSecondary = hello.kind === "secondary" || hello.kind === "other";
    return hello;
  }

  /**
   * Sends a command and waits for its answer. The parameters are those of the driver's connections.
   * @param maxAnswerBytes size of the longest answer; absent means that of {@link MessageGuard}
   */
  async command(
    { db }: { readonly db: string },
    command: Document,
    _options?: undefined,
    maxAnswerBytes?: number,
  ): Promise<Document> {
    // A secondary refuses requests that read data without a read preference that permits it.
    const more = this.#readsSecondary ? { $readPreference: { mode: "primaryPreferred" } } : {};
    // The first command after the derivation contains the derived proof.
    this.#giveBack?.();
    const message = (id: number): Buffer => commandMessage(id, db, { ...command, ...more });
    const answer = await this.#exchange(message, maxAnswerBytes);
    if (!isScramStart(command)) return answer;
    this.#giveBack = await this.derivationTurn(checkScramStart(command, answer));
    if (!this.#ended) return answer;
    this.#giveBack();
    throw this.#ended;
  }

  /** Notes that no key is being derived any more: a derivation continues when the connection has ended. */
  derived(): void {
    this.#giveBack?.();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #exchange(message: (id: number) => Buffer, maxAnswerBytes?: number): Promise<Document> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting = { resolve, reject };
      this.#lastId += 1;
      this.#guard.expect(maxAnswerBytes);
      this.socket.write(message(this.#lastId));
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      for (const message of this.#guard.accept(chunk)) this.#answered(message);
    } catch (error) {
      this.#end(notMongodb(this.endpoint, error));
    }
  }

  #answered(message: Buffer): void {
    const { to, document } = readAnswer(message);
    const waiting = this.#waiting;
    if (!waiting || to !== this.#lastId) throw new Error("an answer without a question");
    this.#waiting = undefined;
    if (document.ok === 1 || document.ok === true) waiting.resolve(document);
    else waiting.reject(new ServerRefusal(codeIn(document)));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
    this.socket.destroy();
  }
}

/** No code of MongoDB is larger; a larger number could be a credential that the server received. */
const MAX_CODE = 999_999;

function codeIn({ code }: Document): number {
  return typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= MAX_CODE ? code : 0;
}

function isScramStart(command: Document): boolean {
  return command.saslStart === 1 && String(command.mechanism).startsWith("SCRAM-");
}

/** Source: MongoDB's specification "MongoDB Handshake"; servers refuse one without driver and os. */
function clientMetadata(appName: string | undefined): Document {
  return {
    application: { name: (appName ?? CLIENT_NAME).slice(0, 128) },
    driver: { name: `nodejs|${CLIENT_NAME}`, version: "1" },
    os: { type: platform(), architecture: arch(), version: release() },
    platform: `Node.js ${process.version}`,
  };
}
