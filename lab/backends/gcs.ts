import { hostPort } from "../../capabilities/probes/messages";
import { trusting } from "../pki";
import { startFakeGcs } from "../servers/google/fake-gcs";
import { startGcs } from "../servers/google/gcs";
import { createAccount } from "../servers/google/stand-in";
import { orStop, stopAll, type LabBackend, type LabServer } from "./backend";
import { BUCKET, s3Case } from "./s3";
import { HTTP_DRIP, withOtherKey } from "./variations";

const standIn: LabServer = {
  name: "gcs",
  server: "fake-gcs-server behind a check of tokens and rights",
  needs: ["go"],
  program: "fake-gcs-server",
  start: async ({ authority }) => {
    const storage = await startFakeGcs();
    const stopping: Array<() => Promise<void>> = [storage.stop];
    return orStop(
      () => stopAll(stopping),
      async () => {
        await storage.createBucket(BUCKET);
        const account = createAccount("kollect");
        const tls = authority.issue({ names: ["localhost"] });
        const grants = new Map([[account, ["storage.objects.create"]]]);
        const server = await startGcs({ tls, grants, storage });
        stopping.unshift(server.close);
        return s3Case(`https://localhost:${server.port}/${BUCKET}/snapshots`, {
          type: "gcs",
          secret: { "credentials.json": server.keyFile(account) },
          tls: trusting(authority.cert),
        });
      },
    );
  },
  at: (target, secret) => {
    // The token is still fetched from the good server.
    const tls = { insecureSkipVerify: true };
    return s3Case(`http://${hostPort(target)}/${BUCKET}`, { type: "gcs", secret, tls });
  },
  refuse: withOtherKey,
  dripBytes: HTTP_DRIP,
};

export const gcs: LabBackend = [standIn];
