import { SINK_KINDS } from "../../capabilities/api/vocabulary";
import { targetOf } from "../../capabilities/domain/identity";
import type { SinkTarget } from "../../capabilities/domain/spec";
import { listSinks } from "../cluster/requests";
import type { Session } from "../cluster/session";
import { broken, usage } from "../command-failure";
import { parseSinkName } from "../report/sink-name";

/** The user's selection of sinks. */
export interface Selection {
  /** Such as `database/orders`. */
  readonly names: readonly string[];
  readonly all?: true | undefined;
  readonly selector?: string | undefined;
  readonly allNamespaces?: true | undefined;
}

/** A sink, with its type if it is known. */
export interface ChosenSink {
  readonly target: SinkTarget;
  readonly type?: string | undefined;
}

/** Throws `CommandFailure` for a selection that contradicts itself or chooses nothing. */
export function checkSelection({ names, all, selector, allNamespaces }: Selection): void {
  const isOpen = all === true || selector !== undefined || allNamespaces === true;
  if (names.length === 0 && !isOpen)
    throw usage("name a sink such as database/orders, or use --all or -l SELECTOR");
  if (names.length > 0 && isOpen) throw usage("name sinks, or use --all, -l or -A: not both");
}

/** The sinks of a selection. Named ones are not looked up, because the operator's verdict reports a missing one. */
export async function chooseSinks(
  session: Session,
  selection: Selection,
  signal: AbortSignal,
): Promise<readonly ChosenSink[]> {
  const { namespace } = session;
  if (selection.names.length > 0) {
    return selection.names.map((name) => ({ target: { ...parseSinkName(name), namespace } }));
  }
  const scope = { namespace: selection.allNamespaces ? undefined : namespace, selector: selection.selector };
  const lists = await Promise.all(SINK_KINDS.map((kind) => listSinks(session, kind, scope, signal)));
  const sinks = lists.flat().map((sink) => ({ target: targetOf(sink), type: sink.spec.type }));
  if (sinks.length > 0) return sinks;
  throw broken(
    `there is no such sink in ${selection.allNamespaces ? "any namespace" : `namespace ${namespace}`}`,
  );
}
