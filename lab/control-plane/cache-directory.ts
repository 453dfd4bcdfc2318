import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder outside the checkout where built programs and the kubeconfigs of running clusters are kept:
 * `KOLLECT_CACHE_DIR`, else `XDG_CACHE_HOME/kollect`, else `~/.cache/kollect`. It is not created here.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  if (env.KOLLECT_CACHE_DIR) return env.KOLLECT_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "kollect");
}
