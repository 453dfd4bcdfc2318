import { execFile } from "node:child_process";
import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ensureBuilt } from "../programs/built";
import { startChild } from "../programs/child";
import { installedEditions } from "../programs/edition";
import { gitEnvironment } from "./repositories";

const WHEEL = "dulwich==1.2.21";
const PROGRAM = fileURLToPath(new URL("dulwich/serve.py", import.meta.url));
const WITHIN_MS = 300_000;
const HOST = "127.0.0.1";
/** What a web server in front passes on. */
const HEADERS = ["content-type", "content-length", "content-encoding", "accept", "git-protocol"] as const;

const run = promisify(execFile);

/** Git over HTTP without Git: Dulwich, whose answers differ from those of `git http-backend` in their details. */
export interface Dulwich {
  /** Has it answer a request that the web server in front has admitted. */
  forward(request: IncomingMessage, response: ServerResponse): void;
  stop(): Promise<void>;
}

export async function install(): Promise<void> {
  if (installedEditions().includes("second")) await packages();
}

/** Folder for PYTHONPATH. Needs Python 3.10 with pip, and PyPI for the first time. */
async function packages(): Promise<string> {
  return ensureBuilt({
    name: "dulwich",
    identity: [WHEEL, await pythonVersion()],
    duration: "some seconds",
    build: async (folder) => {
      const flags = ["--quiet", "--disable-pip-version-check", "--target", folder];
      await run("python3", ["-m", "pip", "install", ...flags, WHEEL], { timeout: WITHIN_MS });
    },
  });
}

async function pythonVersion(): Promise<string> {
  const { stdout } = await run("python3", ["--version"]).catch((error: unknown) => {
    throw new Error("Dulwich needs Python 3.10 or newer with pip, and there is no python3.", {
      cause: error,
    });
  });
  return stdout;
}

/** Starts it over a folder with bare repositories; rejects with its output when it does not come up within 30 s. */
export async function startDulwich(root: string): Promise<Dulwich> {
  const child = await startChild("python3", {
    args: [PROGRAM, root],
    cwd: root,
    env: { ...gitEnvironment(root), PYTHONPATH: await packages(), PYTHONDONTWRITEBYTECODE: "1" },
    ready: /listening on port \d+/,
    readyWithinMs: 30_000,
    stopSignal: "SIGKILL",
  });
  const port = Number(/listening on port (\d+)/.exec(child.output())?.[1]);
  return { forward: (request, response) => forward(port, request, response), stop: child.stop };
}

function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const passed = HEADERS.flatMap((name) => {
    const value = request.headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const { method, url: path } = request;
  const headers = Object.fromEntries(passed);
  const asked = ask({ host: HOST, port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  asked.once("error", () => response.destroy());
  response.once("close", () => asked.destroy());
  request.pipe(asked);
}
