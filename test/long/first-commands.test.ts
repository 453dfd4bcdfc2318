import { spawn } from "node:child_process";
import { afterEach, expect, it } from "vitest";
import { waitUntil } from "../../lab/control-plane/wait";
import { environment, ROOT, runNode } from "./run-node";

/** A script of scripts/ that runs until it is interrupted. */
interface Running {
  /** The first group of the pattern in what it prints, once it is there. */
  printed(pattern: RegExp): Promise<string>;
  /** Sends Ctrl-C and gives all that it printed. Rejects when it ended otherwise than with exit code 0 or 130. */
  interrupt(): Promise<string>;
}

const WITHIN_MS = 600_000;
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function start(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const words = ["--import", "tsx", `scripts/${name}.ts`, ...args];
  const child = spawn(process.execPath, words, {
    ...{ cwd: ROOT, env: { ...environment(), ...env }, timeout: WITHIN_MS },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const interrupt = async (): Promise<string> => {
    child.kill("SIGINT");
    expect([0, 130], output).toContain(await ended);
    return output;
  };
  stops.push(() => (child.exitCode === null ? interrupt() : Promise.resolve()));
  return {
    printed: (pattern) =>
      waitUntil({ what: `${pattern} of ${name}`, timeoutMs: WITHIN_MS }, () => {
        if (child.exitCode !== null) throw new Error(`${name} has ended:\n${output}`);
        return Promise.resolve(pattern.exec(output)?.[1]);
      }),
    interrupt,
  };
}

it.each([
  ["try", /database\/missing-grant +postgres +False +PermissionDenied[^]*Nothing is left running\. It took/],
  ["demo", /Nothing is left running/],
])("npm run %s comes to its end", { timeout: WITHIN_MS }, async (name, end) => {
  const output = await runNode({
    args: ["--import", "tsx", `scripts/${name}.ts`],
    withinMs: WITHIN_MS,
  });
  expect(output).toMatch(end);
});

it(
  "npm run cluster and npm run operator work together, and end by Ctrl-C",
  { timeout: WITHIN_MS },
  async () => {
    const cluster = start("cluster");
    const KUBECONFIG = await cluster.printed(/export KUBECONFIG=(\S+)/);
    const context = await cluster.printed(/npm run operator -- --context (\S+)/);
    const env = { KUBECONFIG, KOLLECT_ALLOW_CIDRS: "127.0.0.0/8" };
    const operator = start("operator", ["--context", context], env);

    await operator.printed(/(The operator runs)/);

    expect(await operator.interrupt()).toContain("its webhook configurations are removed");
    expect(await cluster.interrupt()).toContain("Stopping the cluster.");
  },
);
