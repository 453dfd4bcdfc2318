import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { KubeConfig, type Cluster } from "@kubernetes/client-node";
import type { Clock } from "../../lib/clock";

/** Everything needed to reach one API server; created by {@link loadConnection}, or by hand in tests. */
export interface Connection {
  readonly server: URL;
  readonly tls: Pick<RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;
  /** Headers of every request in addition to `authorization`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly credentials: Credentials;
}

/** Source of the `authorization` header, which changes while the process runs because tokens rotate. */
export interface Credentials {
  /** Undefined when the client authenticates by certificate, or not at all. */
  authorization(): Promise<string | undefined>;
  /** Called after a 401: the next {@link authorization} reads the source again. */
  forget(): void;
}

/** A kubeconfig that cannot be used; the message has names of the file only, and no value. */
export class UnusableKubeconfig extends Error {
  override readonly name = "UnusableKubeconfig";
}

/** How long a token is used before its source is read again; client-go uses the same minute. */
const TOKEN_MAX_AGE_MS = 60_000;

/**
 * Finds the API server as the framework does (`KUBECONFIG`, `~/.kube/config`, the pod's service account), so
 * that its watches and the operator's calls use the same cluster. Throws when the kubeconfig cannot be used.
 */
export async function loadConnection(
  clock: Clock,
  kubeConfig: KubeConfig = defaultKubeConfig(),
): Promise<Connection> {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster)
    throw new UnusableKubeconfig("The kubeconfig has no current context: set one, or use --context.");
  if (cluster.proxyUrl) {
    throw new UnusableKubeconfig(
      `The kubeconfig's cluster ${cluster.name} has a proxy-url, which is not supported.`,
    );
  }
  const server = urlOf(cluster);
  const options = await httpsOptions(kubeConfig);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    server,
    tls: {
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(servername ? { servername } : {}),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    headers: headersOf(options),
    credentials: credentialsOf(kubeConfig, clock),
  };
}

/** Throws {@link UnusableKubeconfig}. */
function urlOf({ name, server, skipTLSVerify }: Cluster): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && skipTLSVerify)) return url;
  throw new UnusableKubeconfig(
    url?.protocol === "http:"
      ? `HTTP protocol is not allowed for the kubeconfig's cluster ${name} without insecure-skip-tls-verify.`
      : `The server of the kubeconfig's cluster ${name} is not an https URL.`,
  );
}

/** Credentials from a bearer token in a file, such as the pod's service account token, which the kubelet renews. */
export function tokenFile(path: string, clock: Clock): Credentials {
  return cached(clock, async () => `Bearer ${(await readFile(path, "utf8")).trim()}`);
}

function defaultKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return kubeConfig;
}

function credentialsOf(kubeConfig: KubeConfig, clock: Clock): Credentials {
  const file: unknown = kubeConfig.getCurrentUser()?.authProvider?.config?.tokenFile;
  if (typeof file === "string") return tokenFile(file, clock);
  return cached(clock, async () => authorizationOf(await httpsOptions(kubeConfig)));
}

async function httpsOptions(kubeConfig: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  return options;
}

function headerEntries(options: RequestOptions): [string, string][] {
  const headers = (options.headers ?? {}) as Record<string, unknown>;
  return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
}

function headersOf(options: RequestOptions): Record<string, string> {
  return Object.fromEntries(headerEntries(options).filter(([name]) => name !== "authorization"));
}

function authorizationOf(options: RequestOptions): string | undefined {
  const header = headerEntries(options).find(([name]) => name === "authorization");
  if (header) return header[1].trim();
  return options.auth ? `Basic ${Buffer.from(options.auth).toString("base64")}` : undefined;
}

/** Caches a value for a minute; simultaneous callers share one read, and a failed read is not cached. */
function cached(clock: Clock, read: () => Promise<string | undefined>): Credentials {
  let value: Promise<string | undefined> | undefined;
  let readAt = 0;
  return {
    authorization: () => {
      if (value && clock.now() - readAt < TOKEN_MAX_AGE_MS) return value;
      readAt = clock.now();
      const reading = read();
      value = reading;
      reading.catch(() => {
        if (value === reading) value = undefined;
      });
      return reading;
    },
    forget: () => {
      value = undefined;
    },
  };
}
