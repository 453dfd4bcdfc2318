import type { DialTarget } from "./net/dialler";
import { isHost } from "./net/names/host-name";

const HOST_PORT = /^(?:\[([^\]]*:[^\]]*)\]|([^:]+))(?::(\d{1,5}))?$/;
/** Maximum length of a name with its port, or of an address with a zone; longer text is not parsed. */
const MAX_LENGTH = 300;

/** Parses `host`, `host:port` or `[IPv6]:port`; undefined when the text is none of them. */
export function parseHostPort(text: string, defaultPort: number): DialTarget | undefined {
  const [, v6, name, digits] = (text.length <= MAX_LENGTH && HOST_PORT.exec(text)) || [];
  const host = v6 ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || !isHost(host) || port < 1 || port > 65535) return undefined;
  return { host, port };
}

/** The targets without repetitions. */
export function withoutRepeats(targets: readonly DialTarget[]): DialTarget[] {
  return targets.filter(
    ({ host, port }, at) => targets.findIndex((other) => other.host === host && other.port === port) === at,
  );
}
