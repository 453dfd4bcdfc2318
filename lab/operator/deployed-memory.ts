import pkg from "../../package.json";

/**
 * Environment of a process with as much memory as Node.js allows itself in a container with 512 MiB, which is the
 * watcher's in the generated Deployment.
 */
export const DEPLOYED_MEMORY = {
  NODE_OPTIONS: `${pkg.pepr.env.NODE_OPTIONS} --max-old-space-size=259`,
} as const;
