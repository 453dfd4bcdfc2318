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
 * Who is known of a deployment, and who of them to ask next, until a server that takes writes is found. The
 * rules are those of MongoDB's specification "Server Discovery And Monitoring", so that a probe finds the
 * server that the sink would find: a replica set is reached under the names that it advertises itself.
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

  /** The next server to ask; what others take for the primary goes first. */
  next(): DialTarget | undefined {
    const waiting = [...this.#entries.values()].filter(({ state }) => state === "new");
    const primaries = this.#claimed();
    const entry = waiting.find(({ target }) => primaries.has(hostPort(target))) ?? waiting[0];
    if (entry) this.#set({ target: entry.target, state: "asked" });
    return entry?.target;
  }

  /** Takes note of a server's hello. True when it is the one to use. */
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

  /** All hosts were asked. Why asking again cannot help; undefined when the set may get a primary meanwhile. */
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

  /** What {@link dead} says when there is no more time to ask again. */
  withoutPrimary(): FailureError {
    const claimed = this.#claimed();
    const primary = this.#failures().find(({ target }) => claimed.has(hostPort(target)));
    if (primary) return this.#unreachable(primary);
    const asked = this.#heard().map(({ target }) => shownAs(target, this.#seeds));
    return failed(
      "Unreachable",
      `${this.#setWords()} has no primary: ${asked.slice(0, 3).join(", ")} answered, but none of its members takes ` +
        "writes. See rs.status(); an election needs a majority of the members.",
    );
  }

  /** Has all hosts that might have changed asked again. */
  again(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state === "failed" && isLasting(entry.failure)) continue;
      this.#set({ target: entry.target, state: "new" });
    }
  }

  #add(target: DialTarget): void {
    const key = hostPort(target);
    if (!this.#entries.has(key) && this.#entries.size < 2 * MAX_HOSTS) this.#set({ target, state: "new" });
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

  /** The name in the connection string; that of a server or a TXT record may be anything, and is not shown. */
  #ownName(): string | undefined {
    const { replicaSet } = this.#plan.uri.topology;
    return replicaSet === undefined ? undefined : quoted(replicaSet);
  }

  #unreachable({ target, failure }: Extract<Entry, { state: "failed" }>): FailureError {
    return failed(
      failure.failure.cause ?? "Unreachable",
      `${this.#setWords()} gives ${shownAs(target, this.#seeds)} as the address of its primary, and that is where ` +
        `clients go whatever ${sourceOf(this.#plan)} names. ${failure.failure.message}`,
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
      `${server} is not behind a load balancer. Take loadBalanced=true out of ${sourceOf(this.#plan)}.`,
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
          `Take replicaSet out of ${sourceOf(this.#plan)}, or name the members of the set.`,
      );
    }
    return kind === "standalone" ? this.#standaloneFault(server) : undefined;
  }

  /** The driver drops a standalone server while it has other hosts, and uses the last one that is left. */
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

/** A client drops a primary that it reached under a name which the set's configuration does not have. */
function isListed(target: DialTarget, { members }: Hello): boolean {
  return members.length === 0 || members.some((member) => hostPort(member) === hostPort(target));
}

function isLasting({ failure }: FailureError): boolean {
  // A name that DNS does not have is transient for a retry, but not within one attempt.
  return failure.cause === "NameResolutionFailed" || !TRANSIENT_CAUSES.has(failure.cause ?? "Internal");
}
