import { isIPv6 } from "node:net";
import { failed } from "../../domain/failure";
import { hasAt } from "../secrets/connection-string";
import { parseHostPort, withoutRepeats } from "../host-port";
import { quoted } from "../messages";
import type { DialTarget } from "../net/dialler";
import { HOST_HINT } from "../net/names/host-name";

const FIELD = "spec.kafka.brokers";
/** What every Kafka client takes when an address names no port. */
const DEFAULT_PORT = 9092;
/** A list of bootstrap addresses, not a scan. */
const MAX_BROKERS = 32;

/**
 * Bootstrap addresses as the sink lists them, one for each entry: `host`, `host:port` or `[v6]:port`. Blank entries
 * do not count. Throws `FailureError` `InvalidConfiguration`.
 */
export function parseBrokers(entries: readonly string[]): DialTarget[] {
  const addresses = entries.map((text) => text.trim()).filter((text) => text !== "");
  if (addresses.length === 0) throw invalid(`${FIELD} lists no address. Add at least one host:port.`);
  if (addresses.length > MAX_BROKERS) {
    throw invalid(`${FIELD} lists more than ${MAX_BROKERS} addresses. A few are enough to find the cluster.`);
  }
  return withoutRepeats(addresses.map(parseBroker));
}

function parseBroker(text: string): DialTarget {
  if (hasAt(text)) {
    throw invalid(`${FIELD} holds an address with "@". Credentials belong into the Secret of the sink.`);
  }
  if (text.includes(",")) {
    throw invalid(`${FIELD} holds several addresses in one entry. Write one entry for each host:port.`);
  }
  if (/[?#]/.test(text))
    throw invalid(`${FIELD} holds an address with a query or fragment. Write host:port.`);
  if (text.includes("/")) {
    throw invalid(`${FIELD} holds "${quoted(text)}". Write host:port, without a scheme or a path.`);
  }
  const target = parseHostPort(isIPv6(text) ? `[${text}]` : text, DEFAULT_PORT);
  if (target) return target;
  throw invalid(
    `${FIELD} holds "${quoted(text)}", which is no address. Write host:port or [IPv6]:port. ${HOST_HINT}.`,
  );
}

function invalid(message: string): Error {
  return failed("InvalidConfiguration", message);
}
