import { failed } from "../../domain/failure";
import { hasAt } from "../secrets/connection-string";
import { parseHostPort } from "../host-port";
import { quoted } from "../messages";
import type { DialTarget } from "../net/dialler";
import { HOST_HINT } from "../net/names/host-name";

const DEFAULT_PORT = 4222;
/** Maximum number of servers, so that a sink cannot start a scan. */
const MAX_SERVERS = 32;

export interface NatsServer extends DialTarget {
  /** Absent when the address has no `@`. */
  readonly userinfo?: Userinfo;
}

/** The part before the `@` of an address: a user with a password, or a token. */
export type Userinfo = { readonly user: string; readonly password: string } | { readonly token: string };

export interface NatsServers {
  readonly servers: readonly NatsServer[];
  /** Whether one of them is written as `tls://`, which applies to all as in every NATS client. */
  readonly tls: boolean;
}

/**
 * Servers as nats.go parses them, separated by commas: `nats://host:port`, `tls://host:port`, `host:port` or
 * `host`, with `user:password@` or `token@` before the host. Any scheme but `tls`, `ws` and `wss` means the same as
 * `nats`, and text after the port has no meaning. Throws `FailureError` `InvalidConfiguration`.
 * Source: nats.go 1.53.1, processUrlString and parseServerURL.
 * @param field the sink's field, for messages
 */
export function parseServers(text: string, field: string): NatsServers {
  const urls = text
    .split(",", MAX_SERVERS + 1)
    .map((url) => url.trim().replace(/\/$/, ""))
    .filter((url) => url !== "");
  if (urls.length === 0) throw invalid(`${field} names no server. Write nats://host:port.`);
  if (urls.length > MAX_SERVERS) throw invalid(`${field} names more than ${MAX_SERVERS} servers.`);
  // A password with a comma or a slash is split, so no part of an address with an "@" is shown.
  const say = { field, mayShow: !hasAt(text) };
  if (isCutAtComma(urls)) throw noAddress("", { ...say, mayShow: false });
  const parsed = urls.map((url) => parseServer(url, say));
  return {
    servers: withoutRepeats(parsed.map(({ server }) => server)),
    tls: parsed.some(({ scheme }) => scheme === "tls"),
  };
}

/** Whether a password was split at a comma, which leaves its end, without a scheme, before the host. */
function isCutAtComma(urls: readonly string[]): boolean {
  const first = urls.findIndex((url) => /^\w+:\/\/[^/]*[:@]/.test(url) && !/:\d+$/.test(url));
  return first >= 0 && urls.slice(first + 1).some((url) => url.includes("@") && !url.includes("://"));
}

interface Say {
  readonly field: string;
  readonly mayShow: boolean;
}

const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:([^/?#]*)@)?([^/?#@]*?):?((?:[/?#].*)?)$/;

function parseServer(url: string, say: Say): { readonly server: NatsServer; readonly scheme: string } {
  const parts = URL_PARTS.exec(url.includes("://") ? url : `nats://${url}`);
  if (!parts) throw noAddress(url, say);
  const [, scheme = "", userinfo, host = "", rest = ""] = parts;
  checkScheme(scheme, say);
  const target = parseHostPort(host, DEFAULT_PORT);
  if (!target) throw noAddress(`${scheme}://${host}`, say);
  checkRest(host, rest, say);
  const known = userinfo === undefined ? {} : { userinfo: readUserinfo(userinfo, say) };
  return { server: { ...target, ...known }, scheme: scheme.toLowerCase() };
}

function checkRest(host: string, rest: string, say: Say): void {
  // A password was split at a slash, so the supposed host is part of it.
  if (hasAt(rest)) throw noAddress("", { ...say, mayShow: false });
  // Go decodes the path and the fragment, but not the query.
  if (/%(?![0-9a-f]{2})/i.test(rest.replace(/^([^?#]*)\?[^#]*/, "$1"))) {
    throw invalid(`${say.field} has a '%' after the port that encodes no character. Leave out the path.`);
  }
  if (rest !== "" && !/^(\[.*\]|[^:]*):\d+$/.test(host)) {
    throw invalid(`${say.field} has a path, query or fragment after a host without a port. Leave it out.`);
  }
}

function checkScheme(scheme: string, { field }: Say): void {
  if (!/^wss?$/i.test(scheme)) return;
  throw invalid(
    `${field} holds a WebSocket address (${scheme}://). Write the port for clients, as nats://host:4222.`,
  );
}

/** Parses userinfo as Go's net/url does. */
function readUserinfo(text: string, { field }: Say): Userinfo {
  const colon = text.indexOf(":");
  try {
    if (!/^[\w\-.~!$&'()*+,;=:%@]*$/.test(text)) throw new URIError();
    if (colon < 0) return { token: decodeURIComponent(text) };
    return {
      user: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    throw invalid(
      `${field} holds a user, password or token that cannot be read. Percent-encode it, or move it into the Secret.`,
    );
  }
}

function noAddress(shown: string, { field, mayShow }: Say): Error {
  if (mayShow) {
    return invalid(
      `${field} holds "${quoted(shown.split(/[?#]/, 1).join())}", which is not an address. Write nats://host:port. ${HOST_HINT}.`,
    );
  }
  return invalid(
    `${field} holds an address that cannot be read. Percent-encode '/', '?', '#', ',' and '@' in user and password, ` +
      "or move them into the Secret.",
  );
}

function withoutRepeats(servers: readonly NatsServer[]): NatsServer[] {
  const keys = servers.map((server) => JSON.stringify(server));
  return servers.filter((_, at) => keys.indexOf(keys[at] ?? "") === at);
}

function invalid(message: string): Error {
  return failed("InvalidConfiguration", message);
}
