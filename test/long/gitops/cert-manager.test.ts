import { X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ANNOTATIONS } from "../../../capabilities/api/vocabulary";
import { serverNames } from "../../../bootstrap/credentials";
import { NAMES } from "../../../generate/gitops/objects";
import { established } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import { waitForAdmission } from "../../../lab/deployment/wait-for-admission";
import type { RunningPod } from "../../../lab/kubelet/run-pod";
import { tryCreate } from "../../../lab/operator/dry-run";
import { certManagerCrds, startCertManager } from "../../../lab/servers/cert-manager/cert-manager";
import { startInstallation, type Installation } from "../../e2e/deployed/installation";
import { documented, operatorTree } from "./operator-tree";

const { namespace, operator, tls } = NAMES;
const SETTINGS = { KOLLECT_ALLOW_CIDRS: "127.0.0.0/8" };

let folder: string;
let installation: Installation;
let certManager: Awaited<ReturnType<typeof startCertManager>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kollect-cert-manager-"));
  installation = await startInstallation();
  const { cluster, kubectl } = installation;
  await kubectl("apply", "--server-side", ...(await certManagerCrds()).flatMap((file) => ["-f", file]));
  await established(cluster, ["crd", "--all"]);
  certManager = await startCertManager(cluster.kubeconfig);
});

afterAll(async () => {
  await certManager?.stop();
  await installation?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Applies the manifests with component cert-manager, as docs/install.md tells people to. */
async function deploy(): Promise<void> {
  const tree = {
    ...(await operatorTree()),
    "kollect-connection-test/kustomization.yaml": await documented({
      settings: SETTINGS,
      certificate: "cert-manager",
    }),
  };
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { kubectl, api, kubelet } = installation;
  await kubectl("apply", "--server-side", "-k", join(folder, "kollect-connection-test"));
  const ready = installation.rolledOut().then(() => waitForAdmission(api));
  await Promise.race([ready, kubelet.failed]);
}

/** The newest certificate and its authority's. */
async function issued(): Promise<{ certificate: X509Certificate; authority: string }> {
  const text = await installation.kubectl("get", "secret", tls, "-n", namespace, "-o", "json");
  const { data } = JSON.parse(text) as { data: Record<"tls.crt" | "ca.crt", string> };
  const certificate = new X509Certificate(Buffer.from(data["tls.crt"], "base64"));
  return { certificate, authority: data["ca.crt"] };
}

async function bundles(): Promise<string[]> {
  const kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations";
  const format = 'jsonpath={range .items[*].webhooks[*]}{.clientConfig.caBundle}{"\\n"}{end}';
  return (await installation.kubectl("get", kinds, "-o", format)).trim().split("\n");
}

/** The fingerprint of what a pod serves to a client that trusts the authority; rejects when that one does not. */
function served(pod: RunningPod, authority: string): Promise<string> {
  const [servername = ""] = serverNames(operator, namespace);
  return new Promise((resolve, reject) => {
    const ca = Buffer.from(authority, "base64");
    const socket = connect({ host: "127.0.0.1", port: pod.port(3000) ?? 0, ca, servername }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.setTimeout(5_000, () => socket.destroy(new Error("the pod did not answer within 5 s")));
    socket.once("error", reject);
  });
}

function admission(): RunningPod[] {
  return installation.kubelet.pods.filter(
    ({ pod }) => pod.metadata.labels?.["pepr.dev/controller"] === "admission",
  );
}

/** As `cmctl renew` does it. */
async function renew(): Promise<void> {
  const { api } = installation;
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${tls}`;
  const { status } = (await api.request({ method: "GET", path })) as { status: { conditions: object[] } };
  const issuing = {
    type: "Issuing",
    status: "True",
    reason: "ManuallyTriggered",
    message: "Certificate re-issuance manually triggered",
    lastTransitionTime: new Date().toISOString(),
  };
  await api.request({
    method: "PATCH",
    path: `${path}/status`,
    contentType: "application/merge-patch+json",
    body: { status: { conditions: [...status.conditions, issuing] } },
  });
}

async function reachesVerdict(name: string): Promise<void> {
  const { status } = await installation.verdict(await installation.create(name, "orders"));
  expect(status?.requestedBy).toBe("admin");
  expect(status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
}

describe("the operator with cert-manager's certificate", () => {
  it("is issued one, has its authority injected, and admits tests", { timeout: 300_000 }, async () => {
    await deploy();

    const { certificate, authority } = await issued();
    expect(await bundles()).toEqual([authority, authority]);
    for (const pod of admission()) expect(await served(pod, authority)).toBe(certificate.fingerprint256);
    await installation.sink("orders");
    await reachesVerdict("before");
  });

  it(
    "serves a renewed one without a restart, and admits every test meanwhile",
    { timeout: 300_000 },
    async () => {
      const before = await issued();
      const pods = installation.kubelet.pods.map(({ pod }) => pod.metadata.uid);
      const over = new AbortController();
      const answers: string[] = [];
      const asking = (async () => {
        while (!over.signal.aborted) {
          const created = await tryCreate(installation.api);
          const asked = "metadata" in created && created.metadata.annotations?.[ANNOTATIONS.requestedBy];
          answers.push(asked ? "admitted" : JSON.stringify(created));
          await sleep(250);
        }
      })();

      await renew();
      const after = await waitUntil({ what: "a renewed certificate", timeoutMs: 60_000 }, async () => {
        const found = await issued();
        return found.certificate.fingerprint256 === before.certificate.fingerprint256 ? undefined : found;
      });
      for (const pod of admission()) {
        await waitUntil({ what: "the pod to serve it", timeoutMs: 90_000, intervalMs: 500 }, async () => {
          const fingerprint = await served(pod, after.authority);
          return fingerprint === after.certificate.fingerprint256 || undefined;
        });
      }
      over.abort();
      await asking;

      expect(answers.length).toBeGreaterThan(20);
      expect(new Set(answers)).toEqual(new Set(["admitted"]));
      expect(await bundles()).toEqual([after.authority, after.authority]);
      expect(installation.kubelet.pods.map(({ pod }) => pod.metadata.uid)).toEqual(pods);
      const restarts = installation.kubelet.pods.flatMap(({ containers }) =>
        containers.map((each) => each.restarts),
      );
      expect(restarts).toEqual([0, 0, 0]);
      await reachesVerdict("after");
    },
  );
});
