import { failed } from "../../domain/failure";
import { parseHostPort, withoutRepeats } from "../host-port";
import { quoted } from "../messages";
import type { DialTarget } from "../net/dialler";
import { HOST_HINT } from "../net/host-name";

const DEFAULT_PORT = 4222;
/** A list of a cluster's servers, not a scan. */
const MAX_SERVERS = 32;

export interface NatsServers {
  readonly servers: readonly DialTarget[];
  /** Whether one of them is written as `tls://`, which holds for all as in every NATS client. */
  readonly tls: boolean;
}

/**
 * Servers as NATS clients take them: `nats://host:port`, `tls://host:port`, `host:port` or `host`, several with
 * commas between. Throws `FailureError` `InvalidConfiguration`.
 * @param field the sink's field, for messages
 */
export function parseServers(text: string, field: string): NatsServers {
  const urls = text
    .split(",", MAX_SERVERS + 1)
    .map((url) => url.trim())
    .filter((url) => url !== "");
  if (urls.length === 0) throw invalid(`${field} names no server. Write nats://host:port.`);
  if (urls.length > MAX_SERVERS) throw invalid(`${field} names more than ${MAX_SERVERS} servers.`);
  const parsed = urls.map((url) => parseServer(url, field));
  return {
    servers: withoutRepeats(parsed.map(({ target }) => target)),
    tls: parsed.some(({ scheme }) => scheme === "tls"),
  };
}

function parseServer(url: string, field: string): { readonly target: DialTarget; readonly scheme: string } {
  if (url.includes("@")) {
    throw invalid(
      `${field} holds credentials. Move them into the Secret of the sink, and remove all up to the "@".`,
    );
  }
  if (/[?#]/.test(url)) throw invalid(`${field} has a query or fragment. Leave out everything from ? or #.`);
  const [, scheme = "nats", rest = ""] = /^(?:([A-Za-z]+):\/\/)?(.*)$/.exec(url) ?? [];
  if (!/^(nats|tls)$/i.test(scheme)) {
    throw invalid(`${field} holds "${quoted(url)}". Only nats:// and tls:// can be probed.`);
  }
  const target = parseHostPort(rest.replace(/\/$/, ""), DEFAULT_PORT);
  if (target) return { target, scheme: scheme.toLowerCase() };
  throw invalid(
    `${field} holds "${quoted(url)}", which is no address. Write nats://host:port. ${HOST_HINT}.`,
  );
}

function invalid(message: string): Error {
  return failed("InvalidConfiguration", message);
}
