import type { KollectSnapshotSink } from "../../capabilities/api/types";
import { hostPort } from "../../capabilities/probes/messages";
import { trusting } from "../pki";
import { startS3 } from "../servers/versitygw";
import { orStop, type LabBackend, type LabServer } from "./backend";
import type { ProbeCase } from "./run-case";
import { HTTP_DRIP, WRONG } from "./variations";

export { trusting } from "../pki";

export const USER = { accessKeyID: "KOLLECTUSER0001", secretAccessKey: "correct/horse+battery&staple=1" };
export const STRANGER = { accessKeyID: "STRANGERUSER0001", secretAccessKey: "stranger/of+the&bucket=2" };
export const BUCKET = "inventory";

export interface S3CaseOptions {
  readonly type?: "s3" | "gcs";
  readonly region?: string;
  readonly tls?: KollectSnapshotSink["spec"]["tls"];
  /** The Secret's values; null for a sink that names no Secret. */
  readonly secret?: Readonly<Record<string, string>> | null;
  /** Values of the Secret that spec.tls.caSecretRef names. */
  readonly caSecret?: Readonly<Record<string, string>>;
}

/** A sink of an object store with this endpoint. */
export function s3Case(endpoint: string | undefined, options: S3CaseOptions = {}): ProbeCase {
  const { type = "s3", region, secret = USER, caSecret } = options;
  const tls = { ...options.tls, ...(caSecret ? { caSecretRef: { name: "s3-ca" } } : {}) };
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectSnapshotSink",
      metadata: { name: "snapshots", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type,
        tls,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(secret ? { secretRef: { name: "s3-keys" } } : {}),
        ...(region === undefined ? {} : { options: { region } }),
      },
    },
    secrets: { "spec.secretRef": secret ?? {}, "spec.tls.caSecretRef": caSecret ?? {} },
  };
}

const versitygw: LabServer = {
  name: "s3",
  server: "versitygw",
  needs: ["go"],
  program: "versitygw",
  start: async ({ authority }) => {
    const server = await startS3({ tls: authority.issue({ names: ["localhost"] }) });
    return orStop(server.stop, async () => {
      await server.createUser(USER.accessKeyID, USER.secretAccessKey);
      await server.createBucket(BUCKET, USER.accessKeyID);
      const endpoint = `https://localhost:${server.port}/${BUCKET}/snapshots`;
      return s3Case(endpoint, { tls: trusting(authority.cert) });
    });
  },
  at: (target) => s3Case(`http://${hostPort(target)}/${BUCKET}`),
  refuse: (values) => ({ ...values, secretAccessKey: WRONG }),
  dripBytes: HTTP_DRIP,
};

export const s3: LabBackend = [versitygw];
