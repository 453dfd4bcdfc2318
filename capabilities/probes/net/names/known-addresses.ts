import { RecentMap } from "../../../lib/recent-map";
import type { ResolveHost } from "./resolve";

/** Maximum number of names with a known address. Beyond it, the oldest count by name again. */
const REMEMBERED = 10_000;

/**
 * The addresses to which names last resolved, so that limits count the dialled server, however a tenant spells it.
 */
export class KnownAddresses {
  readonly #byName = new RecentMap<string, string>(REMEMBERED);

  /** The same resolver, with its answers recorded here. */
  rememberedFrom(resolve: ResolveHost): ResolveHost {
    return async (host, signal) => {
      const found = await resolve(host, signal);
      // Servers rotate the order of several addresses; one of them stands for all.
      const [first] = found.map(({ address }) => address).sort();
      if (first !== undefined) this.#byName.set(nameOf(host), first);
      return found;
    };
  }

  /** Address (or name, if it was never resolved) and port of the first host in a plan's endpoint. */
  dialled(endpoint: string): string {
    const [first = ""] = endpoint.split(/[,/]/);
    const [, bracketed, plain = "", port = ""] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(first) ?? [];
    const host = nameOf(bracketed ?? plain);
    return `${this.#byName.get(host) ?? host} ${port}`;
  }
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
