import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterUser } from "./types";

/** Users that every control plane knows beside its administrator. Without groups, they may do nothing at first. */
export const PREDEFINED_USERS: readonly ClusterUser[] = [
  { name: "ci", groups: [] },
  { name: "developer", groups: [] },
];

/** The administrator. */
export const ADMIN = "admin";
/** The user of the controllers, so that the audit log tells them from a person. */
export const CONTROLLERS = "kollect-control-plane-controllers";

const SYSTEM_USERS: readonly ClusterUser[] = [ADMIN, CONTROLLERS].map((name) => ({
  name,
  groups: ["system:masters"],
}));

// Reads of the control plane's own parts are most of its traffic and say nothing about what is tested.
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", users: [CONTROLLERS, "system:apiserver"], verbs: ["get", "list", "watch"] },
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
    { level: "Metadata" },
  ],
};

/** The files that the API server is started with, and the tokens inside them. */
export interface Credentials {
  readonly tokenFile: string;
  readonly tokens: ReadonlyMap<string, string>;
  /** Signs the tokens of service accounts. */
  readonly serviceAccountKey: string;
  readonly auditPolicy: string;
}

/** Writes new tokens for all users, a service account key and the audit policy into `folder`. */
export async function writeCredentials(folder: string, users: readonly ClusterUser[]): Promise<Credentials> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const all = [...SYSTEM_USERS, ...PREDEFINED_USERS, ...users];
  const tokens = new Map(all.map((user) => [user.name, randomBytes(24).toString("base64url")]));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const files = {
    tokenFile: join(folder, "tokens.csv"),
    serviceAccountKey: join(folder, "service-account.key"),
    auditPolicy: join(folder, "audit-policy.json"),
  };
  const rows = all.map((user) => [tokens.get(user.name), user.name, user.name, user.groups.join(",")]);
  await writePrivate(
    files.tokenFile,
    rows.map((row) => row.map((field) => `"${field}"`).join(",")).join("\n"),
  );
  await writePrivate(files.serviceAccountKey, privateKey.export({ type: "sec1", format: "pem" }).toString());
  await writePrivate(files.auditPolicy, JSON.stringify(AUDIT_POLICY));
  return { ...files, tokens };
}

/** Writes a file that only its owner may read. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, `${text}\n`, { mode: 0o600 });
}
