import { randomBytes } from "node:crypto";
import { issueCertificate, reasonToRenew } from "./certificate";

/** A Secret's values, and the version they were read at. */
export interface StoredSecret {
  readonly values: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

/** Address of the webhooks for the API server. Undefined members belong to another writer and are left unchanged. */
export interface WebhookTarget {
  /** The last segment of the webhooks' URL. */
  readonly token: string;
  /** PEM of the authorities that sign the server's certificate. */
  readonly authorities: string | undefined;
}

/** The objects that are created or changed; each method rejects when the API server refuses. */
export interface CredentialStore {
  readSecret(name: string): Promise<StoredSecret>;
  /** Writes values of a Secret, unless it has changed since `resourceVersion`. */
  writeSecret(name: string, values: Record<string, string>, resourceVersion: string): Promise<void>;
  /** Changes only the address in the webhook configurations. */
  pointWebhooks(target: WebhookTarget): Promise<void>;
}

export interface CredentialOptions {
  /** Name of the operator's Deployment, Service and webhook configurations, and the start of its Secrets' names. */
  readonly name: string;
  readonly namespace: string;
  /** Owner of the certificate: this program, or cert-manager. */
  readonly certificate: "own" | "cert-manager";
}

/**
 * Creates missing secrets of one installation: the webhooks' certificate, unless cert-manager manages it, and
 * the secret part of their URL. Then sets both in the webhook configurations. Valid values stay unchanged.
 * @returns the changes, one line each; no line contains a secret
 */
export async function ensureCredentials(
  store: CredentialStore,
  options: CredentialOptions,
  now: Date,
): Promise<string[]> {
  const done: string[] = [];
  const authorities =
    options.certificate === "own" ? await ensureCertificate(store, options, { now, done }) : undefined;
  const token = await ensureToken(store, `${options.name}-api-path`, done);
  await store.pointWebhooks({ token, authorities });
  done.push(`The webhook configurations ${options.name} point to the Service.`);
  return done;
}

async function ensureCertificate(
  store: CredentialStore,
  { name, namespace }: CredentialOptions,
  { now, done }: { now: Date; done: string[] },
): Promise<string> {
  const secret = `${name}-tls`;
  const { values, resourceVersion } = await store.readSecret(secret);
  const names = serverNames(name, namespace);
  const { "tls.key": key, "tls.crt": certificate, "ca.crt": authorities } = values;
  const reason = reasonToRenew({ ...defined({ key, certificate, authorities }) }, names, now);
  if (reason === undefined) return authorities ?? "";
  const issued = issueCertificate(names, now, authorities);
  const written = { "tls.key": issued.key, "tls.crt": issued.certificate, "ca.crt": issued.authorities };
  await store.writeSecret(secret, written, resourceVersion);
  done.push(`Secret ${secret} has a new certificate: ${reason}.`);
  return issued.authorities;
}

async function ensureToken(store: CredentialStore, secret: string, done: string[]): Promise<string> {
  const { values, resourceVersion } = await store.readSecret(secret);
  if (values["value"]) return values["value"].trim();
  const token = randomBytes(32).toString("hex");
  await store.writeSecret(secret, { value: token }, resourceVersion);
  done.push(`Secret ${secret} has a new value: there was none yet.`);
  return token;
}

/** Names of both Services: the API server calls one, and monitoring both. */
export function serverNames(name: string, namespace: string): string[] {
  return [name, `${name}-watcher`].flatMap((service) => [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
}

function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
