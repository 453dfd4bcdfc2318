import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";

/** Where a process of the operator serves, and the certificate that vouches for it. */
export interface Endpoint {
  /** The file in which the process reports its port. */
  readonly launchFile: string;
  /** PEM. */
  readonly ca: string;
}

interface LaunchFile {
  readonly port: number;
  readonly webhooks: readonly string[];
}

const GET_DEADLINE_MS = 5_000;

/** What the process reported so far. */
export function readLaunchFile(file: string): LaunchFile {
  if (!existsSync(file)) return { port: 0, webhooks: [] };
  return JSON.parse(readFileSync(file, "utf8")) as LaunchFile;
}

/** The port that the process listens on. Throws while it does not listen. */
export function launchedPort(file: string): number {
  const { port } = readLaunchFile(file);
  if (port === 0) throw new Error("the process does not listen yet");
  return port;
}

/** What a path of the process answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Body of a path of the process. Rejects for any status but 200. */
export async function getText(endpoint: Endpoint, path: string, signal?: AbortSignal): Promise<string> {
  const { status, text } = await getAnswer(endpoint, path, signal);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return text;
}

/** Answer of a path of the process, whatever its status. Rejects when there is none. */
export async function getAnswer(
  { launchFile, ca }: Endpoint,
  path: string,
  signal?: AbortSignal,
): Promise<Answer> {
  const port = launchedPort(launchFile);
  const timeout = AbortSignal.timeout(GET_DEADLINE_MS);
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      path,
      ca,
      servername: "localhost",
      agent: false,
      signal: either,
    };
    const call = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("error", reject);
    call.end();
  });
}

/**
 * Watches that connected so far. The framework reports a resync failure count of 0 for each connection of a watch,
 * and a connection follows the first list.
 */
export function connectedWatches(metrics: string): number {
  return Number(/^pepr_resync_failure_count\{count="0"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

/** Resident set size in bytes, from /proc. Throws when the process has ended. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kibibytes) * 1024;
}
