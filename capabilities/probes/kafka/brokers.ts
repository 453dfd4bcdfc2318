import { isIPv6 } from "node:net";
import { failed } from "../../domain/failure";
import { hasAt } from "../secrets/connection-string";
import { parseHostPort, withoutRepeats } from "../host-port";
import { quoted } from "../messages";
import type { DialTarget } from "../net/dialler";
import { HOST_HINT } from "../net/names/host-name";

const FIELD = "spec.kafka.brokers";
/** The port that every Kafka client uses for an address without one. */
const DEFAULT_PORT = 9092;
/** Maximum number of bootstrap addresses, so that a sink cannot start a scan. */
const MAX_BROKERS = 32;

/**
 * The bootstrap addresses of a sink, one per entry: `host`, `v6`, `host:port` or `[v6]:port`. Blank entries
 * are ignored. Throws `FailureError` `InvalidConfiguration`.
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
    throw invalid(`${FIELD} holds an address with "@". Store credentials in the sink's Secret.`);
  }
  if (text.includes(",")) {
    throw invalid(`${FIELD} holds several addresses in one entry. Write one entry for each host:port.`);
  }
  if (/[?#]/.test(text))
    throw invalid(`${FIELD} holds an address with a query or fragment. Write host:port.`);
  if (text.includes("/")) {
    throw invalid(`${FIELD} holds "${quoted(text)}". Write host:port, without a scheme or a path.`);
  }
  // kafka-go takes the brackets for a part of the name if there is no port (tried on 0.4.51).
  if (/^\[.*\]$/.test(text)) {
    throw invalid(
      `${FIELD} holds "${quoted(text)}" without a port, which the exporter cannot dial. Write ${quoted(text)}:9092.`,
    );
  }
  const target = parseHostPort(isIPv6(text) ? `[${text}]` : text, DEFAULT_PORT);
  if (target) return target;
  throw invalid(
    `${FIELD} holds "${quoted(text)}", which is not an address. Write host:port or [IPv6]:port. ${HOST_HINT}.`,
  );
}

function invalid(message: string): Error {
  return failed("InvalidConfiguration", message);
}
