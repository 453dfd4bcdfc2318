import type { DialTarget } from "./net/dialler";
import { isHost } from "./net/names/host-name";

const HOST_PORT = /^(?:\[([^\]]*:[^\]]*)\]|([^:]+))(?::(\d{1,5}))?$/;
/** A name with its port, or an address with a zone; nothing longer needs to be looked at. */
const MAX_LENGTH = 300;

/** Reads `host`, `host:port` or `[IPv6]:port`; undefined when the text is none of them. */
export function parseHostPort(text: string, defaultPort: number): DialTarget | undefined {
  const [, v6, name, digits] = (text.length <= MAX_LENGTH && HOST_PORT.exec(text)) || [];
  const host = v6 ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || !isHost(host) || port < 1 || port > 65535) return undefined;
  return { host, port };
}

/** The targets without those that stand there a second time. */
export function withoutRepeats(targets: readonly DialTarget[]): DialTarget[] {
  return targets.filter(
    ({ host, port }, at) => targets.findIndex((other) => other.host === host && other.port === port) === at,
  );
}
