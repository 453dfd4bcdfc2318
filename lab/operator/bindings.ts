import { fork } from "node:child_process";

/** How many actions a module registered, as it says itself when it is loaded in the framework's build mode. */
export interface Bindings {
  readonly watches: number;
  readonly webhooks: number;
}

interface Capability {
  readonly bindings: { isWatch?: boolean; isMutate?: boolean; isValidate?: boolean }[];
}

const TIMEOUT_MS = 30_000;

/** Loads the bundle in build mode, which registers everything and starts nothing. */
export async function readBindings(bundle: string, env: NodeJS.ProcessEnv): Promise<Bindings> {
  const child = fork(bundle, {
    env: { ...env, PEPR_MODE: "build", LOG_LEVEL: "warn" },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    timeout: TIMEOUT_MS,
  });
  const capabilities = await new Promise<Capability[]>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Capability[]));
    child.once("error", reject);
    child.once("exit", () =>
      reject(new Error(`${bundle} ended in build mode without reporting its capabilities`)),
    );
  });
  const bindings = capabilities.flatMap((capability) => capability.bindings);
  return {
    watches: bindings.filter(({ isWatch }) => isWatch).length,
    webhooks: bindings.filter(({ isMutate, isValidate }) => isMutate || isValidate).length,
  };
}
