import type { EventDraft, Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { RecentMap } from "../lib/recent-map";
import { eventKey, eventObject, eventSeries, type Reporter } from "./event-object";
import { eventPath } from "./paths";
import { errorOf, isAbsent, isNamespaceEnding } from "./http/responses";
import type { Transport } from "./http/transport";

export interface EventWriterDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reporter: Reporter;
  /** Maximum number of Events kept for their series. */
  readonly remembered?: number;
}

interface Recorded {
  readonly name: string;
  readonly count: number;
  readonly lastSeen: number;
}

/** How long after its last observation an Event still counts repetitions; the API server keeps it for an hour. */
const SERIES_WINDOW_MS = 10 * 60_000;
const REMEMBERED = 2_048;

/**
 * Writes Events, and records repetitions of one in its series instead of writing it again. An Event in
 * a namespace that is being deleted is dropped with a debug line.
 */
export class EventWriter {
  readonly #recorded: RecentMap<string, Recorded>;
  readonly #writing = new Map<string, Promise<void>>();

  constructor(private readonly dependencies: EventWriterDependencies) {
    this.#recorded = new RecentMap(dependencies.remembered ?? REMEMBERED);
  }

  /** Rejects with `ClusterError`, or with the signal's reason. */
  async write(draft: EventDraft, signal?: AbortSignal): Promise<void> {
    const key = eventKey(draft);
    // Two simultaneous observations would both find no Event yet, so the second waits for the first.
    const previous = this.#writing.get(key) ?? Promise.resolve();
    const writing = previous.then(
      () => this.#writeOne(key, draft, signal),
      () => this.#writeOne(key, draft, signal),
    );
    this.#writing.set(key, writing);
    try {
      await writing;
    } finally {
      if (this.#writing.get(key) === writing) this.#writing.delete(key);
    }
  }

  async #writeOne(key: string, draft: EventDraft, signal?: AbortSignal): Promise<void> {
    const now = this.dependencies.clock.now();
    const known = this.#recorded.get(key);
    const times = draft.count ?? 1;
    if (known && now - known.lastSeen < SERIES_WINDOW_MS) {
      const count = known.count + times;
      if (await this.#count(draft, { name: known.name, now, count }, signal)) {
        this.#recorded.set(key, { ...known, count, lastSeen: now });
        return;
      }
    }
    const name = await this.#create(draft, { now, count: times }, signal);
    if (name !== undefined) this.#recorded.set(key, { name, count: times, lastSeen: now });
  }

  /** Returns false when the Event has expired and a new one is needed. */
  async #count(
    draft: EventDraft,
    known: { name: string; now: number; count: number },
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { path, subject } = eventPath(draft.regarding.namespace, known.name);
    const request = {
      call: `patch ${subject}`,
      method: "PATCH",
      path,
      contentType: "application/merge-patch+json",
      body: { series: eventSeries(known) },
      retryConflict: true,
    } as const;
    const response = await this.dependencies.transport.send({ ...request, judged: [404] }, signal);
    if (response.status !== 404) return true;
    if (!isAbsent(response)) throw errorOf(request.call, response);
    return false;
  }

  async #create(
    draft: EventDraft,
    at: { now: number; count: number },
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const { transport, log, reporter } = this.dependencies;
    const { path, subject } = eventPath(draft.regarding.namespace);
    const event = eventObject(draft, reporter, at);
    const request = { call: `create ${subject}`, method: "POST", path, body: event } as const;
    const response = await transport.send({ ...request, judged: [403, 404, 409] }, signal);
    // 409: an earlier attempt of this call succeeded although its response was lost.
    if (response.status < 300 || response.status === 409) return event.metadata.name;
    if (!isNamespaceEnding(response)) throw errorOf(request.call, response);
    const { namespace, kind, name } = draft.regarding;
    log.debug({ namespace, kind, name, reason: draft.reason }, "no Event: the namespace is being deleted");
    return undefined;
  }
}
