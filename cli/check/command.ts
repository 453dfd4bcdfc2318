import type { ExporterSettings } from "../../capabilities/domain/exporter/settings";
import type { Session } from "../cluster/session";
import type { ClusterOptions } from "../options/cluster";
import type { OutputFile } from "../options/output";
import type { Format } from "../output/format";
import type { Context } from "../context";
import type { Host } from "../host";
import { deliver } from "../report/deliver";
import { Findings } from "../report/findings";
import { createProgress } from "../terminal/progress";
import { runCheck } from "./run-check";

/** The options of `check`, as its parser gives them. */
export interface CheckCommandOptions extends ClusterOptions {
  readonly filename: readonly string[];
  readonly fromCluster?: true | undefined;
  readonly ambientCredentials?: true | undefined;
  readonly exporterVersion: ExporterSettings["version"];
  readonly exporterStrict?: true | undefined;
  readonly exporterPrivateSinks: ExporterSettings["privateSinks"];
  readonly probeTimeout: number;
  readonly retries: number;
  readonly parallel: number;
  readonly output: Format;
  readonly outputFile?: readonly OutputFile[] | undefined;
  readonly quiet?: true | undefined;
  readonly strict?: true | undefined;
}

const FROM = "this machine";
const NETWORK = "Probing from this machine: its network, DNS and firewalls are not the cluster's.";

/** Runs `check` and returns its exit code. */
export async function checkCommand({ host, screen }: Context, options: CheckCommandOptions): Promise<number> {
  const progress = await createProgress(screen, options.quiet === true);
  const findings = new Findings((result) => progress.show(result));
  const say = (line: string): void => (options.quiet ? undefined : screen.say(line));
  say(NETWORK);
  const delivery = { ...options, command: "check", screen };
  return deliver(
    delivery,
    () => ({ results: findings.results, from: FROM }),
    async () => {
      const session = options.fromCluster ? await sessionOf(options, host, say) : undefined;
      try {
        await runCheck(
          {
            ...options,
            files: options.filename,
            namespace: options.namespace ?? session?.namespace ?? "default",
            exporter: exporterOf(options),
            ambientCredentials: options.ambientCredentials === true,
            timeoutMs: options.probeTimeout * 1000,
            readSecret: session?.cluster.getSecret,
          },
          host,
          findings,
        );
      } finally {
        session?.close();
        progress.done();
      }
    },
  );
}

function exporterOf(options: CheckCommandOptions): ExporterSettings {
  const {
    exporterVersion: version,
    exporterStrict: strict = false,
    exporterPrivateSinks: privateSinks,
  } = options;
  return { version, strict, privateSinks };
}

async function sessionOf(options: ClusterOptions, host: Host, say: (line: string) => void): Promise<Session> {
  const { openSession } = await import("../cluster/session");
  const session = await openSession(options, host);
  say(`Secrets that the files lack are read from context ${session.context} with your own rights.`);
  return session;
}
