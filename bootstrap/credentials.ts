import { randomBytes } from "node:crypto";
import { issueCertificate, reasonToRenew } from "./certificate";

/** A Secret's values, and the version they were read at. */
export interface StoredSecret {
  readonly values: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

/** Where the API server finds the webhooks. What is undefined belongs to another writer and is left alone. */
export interface WebhookTarget {
  /** The last segment of the webhooks' URL. */
  readonly token: string;
  /** PEM of the authorities that vouch for the server. */
  readonly authorities: string | undefined;
}

/** The objects that are made or changed; each method rejects when the API server refuses. */
export interface CredentialStore {
  readSecret(name: string): Promise<StoredSecret>;
  /** Writes values of a Secret, unless it has changed since `resourceVersion`. */
  writeSecret(name: string, values: Record<string, string>, resourceVersion: string): Promise<void>;
  /** Changes the address in the webhook configurations, and nothing else of them. */
  pointWebhooks(target: WebhookTarget): Promise<void>;
}

export interface CredentialOptions {
  /** Name of the operator's Deployment, Service and webhook configurations, and the start of its Secrets' names. */
  readonly name: string;
  readonly namespace: string;
  /** Who keeps the certificate: this program, or cert-manager. */
  readonly certificate: "own" | "cert-manager";
}

/**
 * Makes what is secret for one installation and missing: the webhooks' certificate, unless cert-manager keeps it, and
 * the secret part of their URL. Then points the webhook configurations there. What is good already stays as it is.
 * @returns what was done, one line each; no line holds a secret
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
