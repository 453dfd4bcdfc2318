import { readFileSync } from "node:fs";
import { get } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { API_VERSION, TEST_PLURAL } from "../../../capabilities/api/vocabulary";
import type { ControlPlane } from "../../../lab/control-plane/types";
import { waitUntil } from "../../../lab/control-plane/wait";

/** One thing that the watch told of a test. */
export interface Seen {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly test: KollectConnectionTest;
  /** Milliseconds since the epoch, when it arrived here. */
  readonly at: number;
}

/**
 * Everything that happens to the tests of a cluster, as any client that watches them sees it. The API server ends a
 * watch when the CRD changes or when it is restarted; it is opened again then, and what happened in between shows as
 * the latest state alone.
 */
export class TestWatch {
  readonly #seen = new Map<string, Seen[]>();
  #response: IncomingMessage | undefined;
  #opened = 0;
  #closed = false;
  #error: unknown;

  private constructor(private readonly cluster: ControlPlane) {}

  static async open(cluster: ControlPlane): Promise<TestWatch> {
    const watch = new TestWatch(cluster);
    const first = await connect(cluster);
    void watch.#follow(first).catch((error: unknown) => (watch.#error = error));
    return watch;
  }

  /** What was seen of one object, oldest first; a recreated object has another uid. Throws when the watch broke. */
  of(uid: string): readonly Seen[] {
    if (this.#error !== undefined) throw new Error("the watch of the tests broke", { cause: this.#error });
    return this.#seen.get(uid) ?? [];
  }

  /** How often it was opened. What happens while it is not open can only be seen if it lasts. */
  get opened(): number {
    return this.#opened;
  }

  close(): void {
    this.#closed = true;
    this.#response?.destroy();
  }

  async #follow(first: IncomingMessage): Promise<void> {
    for (let response = first; ; response = await reconnect(this.cluster)) {
      this.#response = response;
      this.#opened += 1;
      if (this.#closed) response.destroy();
      await this.#read(response);
      if (this.#closed) return;
    }
  }

  async #read(response: IncomingMessage): Promise<void> {
    try {
      for await (const line of createInterface(response)) this.#take(line);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error; // one of the network is not ours
    }
  }

  #take(line: string): void {
    const { type, object } = JSON.parse(line) as { type: Seen["type"]; object: KollectConnectionTest };
    const { uid, resourceVersion } = object.metadata;
    const before = this.#seen.get(uid) ?? [];
    // A new watch begins with every object as it is.
    if (before.at(-1)?.test.metadata.resourceVersion === resourceVersion) return;
    this.#seen.set(uid, [...before, { type, test: object, at: Date.now() }]);
  }
}

/** The API server may be away, or not ready yet for a CRD that was changed: any refusal may pass. */
function reconnect(cluster: ControlPlane): Promise<IncomingMessage> {
  return waitUntil({ what: "a new watch of the tests", timeoutMs: 90_000 }, () =>
    connect(cluster).catch(() => undefined),
  );
}

function connect({ url, caFile, adminToken }: ControlPlane): Promise<IncomingMessage> {
  const path = `/apis/${API_VERSION}/${TEST_PLURAL}?watch=true`;
  const options = { ca: readFileSync(caFile), headers: { authorization: `Bearer ${adminToken}` } };
  return new Promise((resolve, reject) => {
    const request = get(new URL(path, url), { ...options, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.destroy();
      reject(new Error(`${path} answered ${response.statusCode}`));
    });
    request.on("error", reject);
  });
}
