import { SINK_FAMILIES, SINK_KINDS, type SinkKind } from "../../capabilities/api/vocabulary";
import { isDnsSubdomain } from "../../capabilities/api/names";
import { SINK_DEFINITIONS } from "../../capabilities/api/schema";
import { usage } from "../command-failure";

/** Names of each kind for users; the plugin prints the first one. */
const NAMES: Readonly<Record<SinkKind, readonly string[]>> = {
  KollectSnapshotSink: ["snapshot", ...namesOf("KollectSnapshotSink")],
  KollectDatabaseSink: ["database", ...namesOf("KollectDatabaseSink")],
  KollectEventSink: ["event", ...namesOf("KollectEventSink")],
};

function namesOf(kind: SinkKind): string[] {
  const shortName = SINK_DEFINITIONS.find((definition) => definition.kind === kind)?.shortName ?? "";
  return [shortName, kind.toLowerCase(), SINK_FAMILIES[kind].plural];
}

/** A sink as `database/orders`. */
export function sinkName({ kind, name }: { readonly kind: SinkKind; readonly name: string }): string {
  return `${NAMES[kind][0]}/${name}`;
}

/** Parses `database/orders`, `ksnap/audit` or `kollectdatabasesink.kollect.dev/orders`. Throws `CommandFailure`. */
export function parseSinkName(text: string): { readonly kind: SinkKind; readonly name: string } {
  const [word = "", name = "", ...rest] = text.split("/");
  const kind = SINK_KINDS.find((each) => NAMES[each].includes(word.toLowerCase().split(".")[0] ?? ""));
  if (kind && isDnsSubdomain(name) && rest.length === 0) return { kind, name };
  const shown = JSON.stringify(text.slice(0, 80));
  throw usage(`${shown} is not a sink: write database/NAME, snapshot/NAME or event/NAME, or use --all`);
}
