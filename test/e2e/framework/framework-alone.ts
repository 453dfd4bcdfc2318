import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApiGateway } from "../../../lab/api-gateway";
import { writeKubeconfig } from "../../../lab/control-plane/kubeconfig";
import { startProcess } from "../../../lab/control-plane/managed-process";
import type { ControlPlane } from "../../../lab/control-plane/types";
import { roleEnvironment } from "../../../lab/operator/role-environment";
import { readObjects } from "../../../lab/operator/objects";
import { getAnswer, launchedPort } from "../../../lab/operator/operator-endpoint";
import type { ModuleBuild } from "../../../lab/operator/build-module";
import { servingCertificate } from "../../../lab/operator/serving-certificate";
import { ROOT } from "../../../lab/stage";
import type { WatchedProcess } from "./watched-process";

export interface FrameworkAlone extends WatchedProcess {
  stop(): Promise<void>;
}

export const TIMERS = join(import.meta.dirname, "timers.cjs");
/** Time between two lists of a kind. */
export const RELIST_SECONDS = "2";

/** Runs alone.cjs as a watcher of the build would run, with the administrator's rights and at log level debug. */
export async function startFrameworkAlone(
  cluster: ControlPlane,
  build: ModuleBuild,
): Promise<FrameworkAlone> {
  const directory = mkdtempSync(join(tmpdir(), "kollect-framework-"));
  const gateway = await openApiGateway(cluster);
  const { key, certificate } = servingCertificate(new Date());
  mkdirSync(join(directory, "tls"));
  writeFileSync(join(directory, "tls/tls.key"), key, { mode: 0o600 });
  writeFileSync(join(directory, "tls/tls.crt"), certificate);
  const kubeconfig = join(directory, "kubeconfig");
  await writeKubeconfig(kubeconfig, {
    context: "alone",
    cluster: {
      server: gateway.url,
      "certificate-authority-data": Buffer.from(gateway.ca).toString("base64"),
    },
    user: { token: cluster.adminToken },
  });
  const launchFile = join(directory, "launch.json");
  const endpoint = { launchFile, ca: certificate };
  const logFile = join(directory, "log");
  const running = await startProcess({
    name: "the framework alone",
    command: process.execPath,
    args: [
      ...["--require", join(ROOT, "lab/operator/preload.cjs"), "--require", TIMERS],
      join(import.meta.dirname, "alone.cjs"),
    ],
    env: {
      ...roleEnvironment(readObjects(build.manifestsPath), "watcher"),
      PATH: process.env["PATH"],
      KUBECONFIG: kubeconfig,
      SSL_KEY_PATH: join(directory, "tls/tls.key"),
      SSL_CERT_PATH: join(directory, "tls/tls.crt"),
      PEPR_API_PATH: build.apiPath,
      PEPR_RELIST_INTERVAL_SECONDS: RELIST_SECONDS,
      LOG_LEVEL: "debug",
      OPERATOR_LAUNCH_FILE: launchFile,
    },
    logFile,
    readyTimeoutMs: 60_000,
    ready: async (signal) => (await getAnswer(endpoint, "/healthz", signal)).status === 200,
  });
  let from = 0;
  return {
    gateway,
    certificateFolder: join(directory, "tls"),
    get port() {
      return launchedPort(launchFile);
    },
    log: () => readFileSync(logFile, "utf8").slice(from),
    answer: (path) => getAnswer(endpoint, path),
    restart: async () => {
      from = readFileSync(logFile, "utf8").length;
      await running.restart();
    },
    stop: async () => {
      await running.stop();
      await gateway.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
