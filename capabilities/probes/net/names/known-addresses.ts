import { RecentMap } from "../../../lib/recent-map";
import type { ResolveHost } from "./resolve";

/** Names whose addresses are remembered. A forgotten one counts by its name again. */
const REMEMBERED = 10_000;

/**
 * Where names led to when they were last resolved, so that limits count what is dialled, however a tenant spells it.
 */
export class KnownAddresses {
  readonly #byName = new RecentMap<string, string>(REMEMBERED);

  /** The same resolver, whose answers are remembered. */
  rememberedFrom(resolve: ResolveHost): ResolveHost {
    return async (host, signal) => {
      const found = await resolve(host, signal);
      // Servers give several addresses in turns; one of them stands for all.
      const [first] = found.map(({ address }) => address).sort();
      if (first !== undefined) this.#byName.set(nameOf(host), first);
      return found;
    };
  }

  /** The address, or the name while it was never resolved, and the port of the first host of a plan's endpoint. */
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
