import { TRANSIENT_CAUSES } from "../../../api/vocabulary";
import { failed, type FailureError } from "../../../domain/failure";
import { noneUsable } from "../../first-reachable";
import { hostPort, quoted } from "../../messages";
import type { DialTarget } from "../../net/dialler";
import { shownAs } from "./advertised";
import { serverAt, sourceOf } from "../errors";
import { versionFault, type Hello } from "./hello";
import type { MongodbPlan } from "../plan";
import type { Seeds } from "./srv";
import { MAX_HOSTS } from "../uri/text";

type Entry = { readonly target: DialTarget } & (
  | { readonly state: "new" | "asked" }
  | { readonly state: "heard"; readonly hello: Hello }
  | { readonly state: "failed"; readonly failure: FailureError }
);

/**
 * The known servers of a deployment, and the next one to try, until one that accepts writes is found. The
 * rules are those of MongoDB's specification "Server Discovery And Monitoring", so that a probe finds the same
 * server as the exporter: clients reach a replica set under the names that it advertises.
 */
export class Topology {
  readonly #entries = new Map<string, Entry>();
  readonly #seeds: Seeds;
  readonly #plan: Pick<MongodbPlan, "source" | "uri">;
  #setName: string | undefined;
  #standalones = 0;

  constructor(seeds: Seeds, plan: Pick<MongodbPlan, "source" | "uri">) {
    this.#seeds = seeds;
    this.#plan = plan;
    this.#setName = seeds.topology.replicaSet;
    for (const target of seeds.hosts) this.#add(target);
  }

  /** The next server to try; the one that others report as the primary comes first. */
  next(): DialTarget | undefined {
    const waiting = [...this.#entries.values()].filter(({ state }) => state === "new");
    const primaries = this.#claimed();
    const entry = waiting.find(({ target }) => primaries.has(hostPort(target))) ?? waiting[0];
    if (entry) this.#set({ target: entry.target, state: "asked" });
    return entry?.target;
  }

  /** Records a server's hello. Returns true when it is the server to use. */
  heard(target: DialTarget, hello: Hello): boolean {
    const fault = this.#fault(target, hello);
    if (fault) {
      this.failed(target, fault);
      return false;
    }
    this.#set({ target, state: "heard", hello });
    if (this.#seeds.topology.direct || hello.setName === undefined) return true;
    this.#setName ??= hello.setName;
    for (const member of [...(hello.primary ? [hello.primary] : []), ...hello.members]) this.#add(member);
    return hello.kind === "primary" && isListed(target, hello);
  }

  failed(target: DialTarget, failure: FailureError): void {
    this.#set({ target, state: "failed", failure });
  }

  /** After all hosts were tried: why a retry cannot help; undefined when the set may elect a primary meanwhile. */
  dead(): FailureError | undefined {
    const failures = this.#failures();
    const heard = this.#heard();
    if (heard.length === 0) {
      const all = failures.map(({ failure }) => failure);
      return noneUsable(all, "hosts", "The connection string names no host.");
    }
    const claimed = this.#claimed();
    const primary = failures.find(({ target }) => claimed.has(hostPort(target)));
    const isAlive = heard.some(({ hello }) => hello.kind === "primary");
    return primary && (isAlive || isLasting(primary.failure)) ? this.#unreachable(primary) : undefined;
  }

  /** The failure when there is no time left for a retry. */
  withoutPrimary(): FailureError {
    const claimed = this.#claimed();
    const primary = this.#failures().find(({ target }) => claimed.has(hostPort(target)));
    if (primary) return this.#unreachable(primary);
    const asked = this.#heard().map(({ target }) => shownAs(target, this.#seeds));
    return failed(
      "Unreachable",
      `${this.#setWords()} has no primary: ${asked.slice(0, 3).join(", ")} answered, but none of its members accepts ` +
        "writes. See rs.status(); an election needs a majority of the members.",
    );
  }

  /** Schedules all hosts whose state may have changed for another try. */
  again(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state === "failed" && isLasting(entry.failure)) continue;
      this.#set({ target: entry.target, state: "new" });
    }
  }

  /** Adds a server; besides those of the connection string as many as a replica set can have members. */
  #add(target: DialTarget): void {
    const key = hostPort(target);
    const max = this.#seeds.hosts.length + MAX_HOSTS;
    if (!this.#entries.has(key) && this.#entries.size < max) this.#set({ target, state: "new" });
  }

  #set(entry: Entry): void {
    this.#entries.set(hostPort(entry.target), entry);
  }

  #heard(): Extract<Entry, { state: "heard" }>[] {
    return [...this.#entries.values()].filter((entry) => entry.state === "heard");
  }

  #failures(): Extract<Entry, { state: "failed" }>[] {
    return [...this.#entries.values()].filter((entry) => entry.state === "failed");
  }

  #claimed(): ReadonlySet<string> {
    return new Set(this.#heard().flatMap(({ hello }) => (hello.primary ? [hostPort(hello.primary)] : [])));
  }

  #setWords([any, named] = ["The replica set", "Replica set"] as [string, string]): string {
    const name = this.#ownName();
    return name === undefined ? any : `${named} ${name}`;
  }

  /** The name in the connection string; a server or TXT record can choose any name, so theirs is not shown. */
  #ownName(): string | undefined {
    const { replicaSet } = this.#plan.uri.topology;
    return replicaSet === undefined ? undefined : quoted(replicaSet);
  }

  #unreachable({ target, failure }: Extract<Entry, { state: "failed" }>): FailureError {
    return failed(
      failure.failure.cause ?? "Unreachable",
      `${this.#setWords()} names ${shownAs(target, this.#seeds)} as the address of its primary, to which ` +
        `clients connect whatever ${sourceOf(this.#plan)} names. ${failure.failure.message}`,
      failure,
    );
  }

  #fault(target: DialTarget, hello: Hello): FailureError | undefined {
    const server = serverAt({ endpoint: shownAs(target, this.#seeds) });
    const version = versionFault(hello);
    if (version) return failed("ProtocolError", `${server} ${version}.`);
    if (this.#seeds.topology.loadBalanced) return this.#balancerFault(server, hello);
    if (hello.kind === "ghost") {
      return failed(
        "Unreachable",
        `${server} is a member of a replica set that is not initiated, or is just starting. Run rs.initiate().`,
      );
    }
    return this.#setFault(server, hello);
  }

  #balancerFault(server: string, { hasServiceId }: Hello): FailureError | undefined {
    if (hasServiceId) return undefined;
    return failed(
      "InvalidConfiguration",
      `${server} is not behind a load balancer. Remove loadBalanced=true from ${sourceOf(this.#plan)}.`,
    );
  }

  #setFault(server: string, { kind, setName }: Hello): FailureError | undefined {
    const wanted = this.#setName;
    if (setName !== undefined && wanted !== undefined && setName !== wanted) {
      return failed(
        "InvalidConfiguration",
        `${server} belongs to another replica set than ${this.#ownName() ?? "the other hosts"}. ` +
          `Check hosts and replicaSet in ${sourceOf(this.#plan)}.`,
      );
    }
    const what = kind === "mongos" ? "a mongos" : "a standalone server";
    if (setName === undefined && wanted !== undefined) {
      return failed(
        "InvalidConfiguration",
        `${server} is ${what}, not a member of ${this.#setWords(["the replica set", "replica set"])}. ` +
          `Remove replicaSet from ${sourceOf(this.#plan)}, or name the members of the set.`,
      );
    }
    return kind === "standalone" ? this.#standaloneFault(server) : undefined;
  }

  /** The driver drops a standalone server while it has other hosts, and uses the last remaining one. */
  #standaloneFault(server: string): FailureError | undefined {
    this.#standalones += 1;
    if (this.#standalones >= this.#seeds.hosts.length) return undefined;
    return failed(
      "InvalidConfiguration",
      `${server} is a standalone server, and clients use one only when it is the only host. ` +
        `Name one host in ${sourceOf(this.#plan)}, or the members of a replica set.`,
    );
  }
}

/** Whether the set's configuration has this name: a client drops a primary that it reached under another name. */
function isListed(target: DialTarget, { members }: Hello): boolean {
  return members.length === 0 || members.some((member) => hostPort(member) === hostPort(target));
}

function isLasting({ failure }: FailureError): boolean {
  // A name that does not exist in DNS is transient for a retry, but not within one attempt.
  return failure.cause === "NameResolutionFailed" || !TRANSIENT_CAUSES.has(failure.cause ?? "Internal");
}
