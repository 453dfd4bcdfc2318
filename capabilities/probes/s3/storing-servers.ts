/** Servers that stored an object which they had to refuse, so that the check is not repeated for a day. */
export interface StoringServers {
  /** @param server namespace of the sink, and address */
  has(server: string): boolean;
  add(server: string): void;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST = 1000;

/**
 * Keeps at most 1000 servers, and drops the oldest first.
 * @param now milliseconds since the epoch
 */
export function createStoringServers(now: () => number): StoringServers {
  const until = new Map<string, number>();
  return {
    has: (address) => (until.get(address) ?? 0) > now(),
    add: (address) => {
      until.delete(address);
      until.set(address, now() + DAY_MS);
      const [oldest] = until.keys();
      if (until.size > MOST && oldest !== undefined) until.delete(oldest);
    },
  };
}
