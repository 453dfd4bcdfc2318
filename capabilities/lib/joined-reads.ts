import { whileWaiting } from "./abort";

/**
 * Joins equal reads of one source. A caller gets the result of a read that began after the call, never of an earlier
 * one: calls during a read share the next one. So many simultaneous callers cost two reads.
 */
export class JoinedReads<T> {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Promise<T>>();

  /** How many keys have a running read; 0 when idle. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * @param key what is read; equal keys are equal reads
   * @param read must have its own deadline, because its result is shared
   * @param signal ends only this caller's wait, with its reason
   */
  async read(key: string, read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const answer = this.#answer(key, read);
    return await (signal ? whileWaiting(signal, answer) : answer);
  }

  #answer(key: string, read: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (!running) return this.#start(key, read);
    const waiting = this.#next.get(key);
    if (waiting) return waiting;
    const answer = running.then(() => {
      this.#next.delete(key);
      return this.#start(key, read);
    });
    this.#next.set(key, answer);
    return answer;
  }

  #start(key: string, read: () => Promise<T>): Promise<T> {
    const answer = read();
    const ended = answer.then(
      () => undefined,
      () => undefined, // the callers have the rejection
    );
    const over = ended.then(() => {
      if (!this.#next.has(key)) this.#running.delete(key);
    });
    this.#running.set(key, over);
    return answer;
  }
}
