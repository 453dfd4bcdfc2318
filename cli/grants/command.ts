import type { Sink } from "../../capabilities/api/types";
import { FailureError } from "../../capabilities/domain/failure";
import { explain } from "../cluster/requests";
import { openSession } from "../cluster/session";
import { broken, usage } from "../command-failure";
import type { Context } from "../context";
import { OK } from "../exit-codes";
import { inputOf } from "../input/input";
import { readSources } from "../input/read";
import type { ClusterOptions } from "../options/cluster";
import { parseSinkName, sinkName } from "../report/sink-name";
import { grantsFor, type Names } from "./grants";

export interface GrantsOptions extends ClusterOptions, Names {
  readonly filename?: readonly string[] | undefined;
}

/** Runs `grants` and returns its exit code. Reads the sink, and no Secret. */
export async function grantsCommand(context: Context, name: string, options: GrantsOptions): Promise<number> {
  const sink = options.filename
    ? await fromFiles(context, name, options.filename, options.namespace ?? "default")
    : await fromCluster(context, name, options);
  try {
    context.screen.print(`${grantsFor(sink, options).join("\n")}\n`);
  } catch (error) {
    if (error instanceof FailureError) throw broken(error.message);
    throw error;
  }
  return OK;
}

async function fromFiles(
  { host }: Context,
  name: string,
  files: readonly string[],
  namespace: string,
): Promise<Sink> {
  const { kind, name: wanted } = parseSinkName(name);
  const { sinks } = inputOf(await readSources(files, host.stdin, host.interrupt), namespace);
  const found = sinks.filter((sink) => sink.kind === kind && sink.metadata.name === wanted);
  if (found[0] && found.length === 1) return found[0];
  throw usage(
    `${sinkName({ kind, name: wanted })} is ${found.length === 0 ? "not" : "more than once"} among the files`,
  );
}

async function fromCluster({ host }: Context, text: string, options: ClusterOptions): Promise<Sink> {
  const { kind, name } = parseSinkName(text);
  const session = await openSession(options, host);
  try {
    const sink = await session.cluster.getSink(kind, session.namespace, name, host.interrupt).catch(explain);
    if (sink) return sink;
    throw broken(`there is no ${kind} ${name} in namespace ${session.namespace}`);
  } finally {
    session.close();
  }
}
