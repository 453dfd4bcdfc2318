import type { SinkType } from "../../capabilities/api/vocabulary";
import type { FactClass } from "../../lab/truth/row";

/** What is different about a row on the second edition of the servers. */
export type Difference =
  /** The server cannot be brought into the row's state, for this reason. */
  | { readonly leftOut: string }
  /** The row turns on another kind of fact there, for this reason. */
  | { readonly fact: FactClass; readonly because: string };

const NO_TLS_FIRST = { leftOut: "nats-server has handshake_first since 2.10" };
const NO_USER_INFO = {
  fact: "U",
  because: "nats-server tells users about their rights since 2.10",
} as const;

/** Rows by type and id. */
export const ON_SECOND_EDITION: Readonly<Partial<Record<SinkType, Readonly<Record<string, Difference>>>>> = {
  postgres: {
    "scram-iterations": { leftOut: "PostgreSQL has the setting scram_iterations since 16" },
    "tls-direct": { leftOut: "PostgreSQL takes a TLS handshake without its own request before it since 17" },
  },
  nats: {
    "tls-first": NO_TLS_FIRST,
    "tls-first-none": NO_TLS_FIRST,
    "tls-auto": NO_TLS_FIRST,
    compressed: { leftOut: "nats-server compresses streams since 2.10" },
    transform: { leftOut: "nats-server has subject transforms since 2.10" },
    "proving-without-0-missing": NO_USER_INFO,
    "proving-without-0-exists": NO_USER_INFO,
    "uiother-exists": NO_USER_INFO,
    "uinosubj-exists": NO_USER_INFO,
    "uinosubj-missing": NO_USER_INFO,
    "deny-subject": NO_USER_INFO,
    "deny-wide": NO_USER_INFO,
    "responses-no-subject": NO_USER_INFO,
    "wildcard-subject-not-granted": NO_USER_INFO,
  },
};
