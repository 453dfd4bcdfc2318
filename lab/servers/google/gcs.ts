import type { Issued } from "../../pki";
import type { FakeGcs } from "./fake-gcs";
import { json, startGoogle, type GoogleStandIn, type TestAccount } from "./stand-in";
import type { WebAnswer, WebRequest } from "../web";

export interface GcsOptions {
  readonly tls: Issued;
  /** Who may do what with every bucket. */
  readonly grants: ReadonlyMap<TestAccount, readonly string[]>;
  /** Answers everything but permissions. */
  readonly storage: FakeGcs;
}

/**
 * A real JSON API behind what it lacks: Google's token check, and `testIamPermissions`, which is answered
 * from the grants for buckets that the real one has.
 */
export function startGcs({ tls, grants, storage }: GcsOptions): Promise<GoogleStandIn> {
  const accounts = [...grants.keys()];
  const granted = new Map([...grants].map(([{ email }, permissions]) => [email, permissions]));
  return startGoogle({
    tls,
    accounts,
    scope: "https://www.googleapis.com/auth/devstorage.read_write",
    api: async (request, email) => {
      const [, bucket, query] =
        /^\/storage\/v1\/b\/([^/]+)\/iam\/testPermissions\?(.*)$/.exec(request.path) ?? [];
      if (!bucket) return forward(request, storage);
      const exists = await forward({ ...request, path: `/storage/v1/b/${bucket}` }, storage);
      if (exists.status !== 200) return exists;
      const asked = new URLSearchParams(query).getAll("permissions");
      const permissions = asked.filter((permission) => granted.get(email)?.includes(permission));
      const kind = "storage#testIamPermissionsResponse";
      return json(200, permissions.length > 0 ? { kind, permissions } : { kind });
    },
  });
}

async function forward({ method, path, body }: WebRequest, { host, port }: FakeGcs): Promise<WebAnswer> {
  const answer = await fetch(`http://${host}:${port}${path}`, { method, ...(body ? { body } : {}) });
  return {
    status: answer.status,
    headers: { "content-type": "application/json" },
    body: await answer.text(),
  };
}
