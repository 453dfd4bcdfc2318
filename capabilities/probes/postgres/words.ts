import { quoted } from "../messages";
import type { Where } from "../net/errors";
import type { PostgresPlan } from "./plan";
import { shownState } from "./sql-states";

/** Location and identity, for messages. */
export interface PostgresWhere extends Where {
  readonly secured: boolean;
  readonly plan: PostgresPlan;
}

/** The names in messages. */
export interface Words {
  /** `PostgreSQL at db.shop:5432` */
  readonly server: string;
  readonly user: string;
  readonly database: string;
  /** `the key dsn of Secret pg-dsn` */
  readonly source: string;
  readonly encryption: "with TLS" | "without TLS";
  /** `SQLSTATE 53200` */
  readonly state: string;
  /** The parameter that the server refused, by its name in messages, and the advice. */
  readonly refused: { readonly shown: string; readonly advice: string };
}

/** The names for messages about a server. `text` is the server's own, used only to find the parameter that it names. */
export function wordsOf({ endpoint, secured, plan }: PostgresWhere, state: string, text = ""): Words {
  return {
    server: `PostgreSQL at ${endpoint}`,
    user: quoted(plan.dsn.user),
    database: quoted(plan.dsn.database),
    source: `the key ${plan.source.key} of Secret ${plan.source.secret}`,
    encryption: secured ? "with TLS" : "without TLS",
    state: shownState(state),
    refused: refusedParameter(plan.dsn, text),
  };
}

const SOME_PARAMETER = { shown: "a parameter", advice: "leave out what is no setting of the server" };

/** The parameter that the server's text is about; the text itself is not shown. */
function refusedParameter({ runtime }: Pick<PostgresPlan["dsn"], "runtime">, text: string): Words["refused"] {
  const named = runtime.filter(({ name }) => text.includes(`"${name}"`) || text.endsWith(`: ${name}`));
  const [found, ...others] = named.length > 0 ? named : runtime;
  return found && others.length === 0 ? found : SOME_PARAMETER;
}
