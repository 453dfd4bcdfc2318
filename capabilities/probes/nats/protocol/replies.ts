/** Result of a request: an answer, no right to publish it, or no right to receive answers. */
export type Reply =
  | {
      readonly kind: "answer";
      /** Status of an answer without a body; 503 when the subject has no subscriber. */
      readonly status?: number;
      readonly payload: Buffer;
    }
  | { readonly kind: "refused" | "no-inbox" };

interface Waiting {
  /** The subject of the request; undefined for a PONG. */
  readonly subject: string | undefined;
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** A server's refusal, with the subject quoted as in Go. Source: client.go of nats-server 2.9 to 2.15. */
const VIOLATION = /^permissions violation for (publish|subscription) to (".*?[^\\]")/i;
const PONG = "\0pong";
const NOTHING: Reply = { kind: "answer", payload: Buffer.alloc(0) };

/** The expected replies of a connection, by the subject at which they arrive. */
export class Replies {
  readonly #waiting = new Map<string, Waiting>();
  #hasNoInbox = false;
  #ended: unknown;

  /** The reply to a request; a rejection that is not awaited has no effect. */
  to(inbox: string, subject: string): Promise<Reply> {
    return this.#hasNoInbox ? Promise.resolve({ kind: "no-inbox" }) : this.#wait(inbox, subject);
  }

  /** Settles at the next PONG. */
  pong(): Promise<Reply> {
    return this.#wait(PONG, undefined);
  }

  hearPong(): void {
    this.#settle(PONG, NOTHING);
  }

  hear(inbox: string, status: number | undefined, payload: Buffer): void {
    this.#settle(inbox, { kind: "answer", payload, ...(status === undefined ? {} : { status }) });
  }

  /** Whether the server's error is about permissions, and therefore the reply to a request. */
  hearViolation(text: string): boolean {
    const [, what, subject] = VIOLATION.exec(text) ?? [];
    if (what?.toLowerCase() === "subscription") this.#loseInbox();
    if (what?.toLowerCase() === "publish") this.#refuse(subject);
    return what !== undefined;
  }

  /** Rejects all present and later replies with the error of the first call. */
  end(error: unknown): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  #wait(key: string, subject: string | undefined): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => {
      if (this.#ended === undefined) this.#waiting.set(key, { subject, resolve, reject });
      else reject(this.#ended as Error);
    });
    reply.catch(() => undefined);
    return reply;
  }

  #settle(key: string, reply: Reply): void {
    const current = this.#waiting.get(key);
    this.#waiting.delete(key);
    current?.resolve(reply);
  }

  #refuse(quoted: string | undefined): void {
    const refused = [...this.#waiting].find(([, { subject }]) => JSON.stringify(subject) === quoted);
    if (refused) this.#settle(refused[0], { kind: "refused" });
  }

  #loseInbox(): void {
    this.#hasNoInbox = true;
    const inboxes = [...this.#waiting.keys()].filter((key) => key !== PONG);
    for (const inbox of inboxes) this.#settle(inbox, { kind: "no-inbox" });
  }
}
