import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { onFreePort } from "../../control-plane/ports";
import { startChild, type Child } from "../programs/child";
import { prometheusPrograms } from "./prometheus";

const READY_WITHIN_MS = 60_000;
const QUERY_DEADLINE_MS = 10_000;

/** One series that a query returned. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** One series over time. */
export interface Range {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: ReadonlyArray<Sample["value"]>;
}

/** A stretch of time, in seconds since the epoch, and the seconds between two of its points. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** A real Prometheus on loopback. */
export interface Prometheus {
  /** Runs an instant query, of now or of a time in seconds since the epoch; rejects when Prometheus refuses it. */
  query(expr: string, at?: number): Promise<readonly Sample[]>;
  /** Runs a range query; rejects when Prometheus refuses it. */
  range(expr: string, span: Span): Promise<readonly Range[]>;
  /** What came of each target: `up`, `down` or `unknown`. */
  targets(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus that scrapes these ports of loopback over HTTPS every second, with a group of rules. It does not
 * verify the certificates, which tests make for themselves.
 */
export async function startPrometheus(
  ports: readonly number[],
  groups: readonly object[],
): Promise<Prometheus> {
  const { prometheus } = await prometheusPrograms();
  const folder = await mkdtemp(join(tmpdir(), "kollect-prometheus-"));
  await writeFile(join(folder, "rules.yml"), stringify({ groups }));
  await writeFile(join(folder, "prometheus.yml"), stringify(configuration(ports)));
  let child: Child | undefined;
  const stop = async (): Promise<void> => {
    await child?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await onFreePort(async (port) => {
      child = await startChild(prometheus, {
        args: [
          `--config.file=${join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${join(folder, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        cwd: folder,
        ready: /Server is ready to receive web requests/,
        readyWithinMs: READY_WITHIN_MS,
        stopSignal: "SIGTERM",
      });
      return { ...api(`http://127.0.0.1:${port}/api/v1`), stop };
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(ports: readonly number[]): object {
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: [
      {
        job_name: "kollect",
        scheme: "https",
        tls_config: { insecure_skip_verify: true },
        static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
      },
    ],
  };
}

function api(base: string): Omit<Prometheus, "stop"> {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${base}/${path}`, { signal: AbortSignal.timeout(QUERY_DEADLINE_MS) });
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== "success") throw new Error(`Prometheus refused ${path}: ${body.error ?? ""}`);
    return body.data;
  };
  return {
    query: async (expr, at) => {
      const time = at === undefined ? "" : `&time=${at}`;
      const { result } = await get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}${time}`);
      return result;
    },
    range: async (expr, { from, to, step }) => {
      const span = `start=${from}&end=${to}&step=${step}`;
      const { result } = await get<{ result: Range[] }>(
        `query_range?query=${encodeURIComponent(expr)}&${span}`,
      );
      return result;
    },
    targets: async () => {
      const { activeTargets } = await get<{ activeTargets: { health: string }[] }>("targets");
      return activeTargets.map(({ health }) => health);
    },
  };
}
