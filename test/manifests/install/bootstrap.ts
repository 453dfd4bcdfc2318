import { X509Certificate } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { NAMES, type KubeObject } from "../../../generate/gitops/objects";
import { kubectl, tryKubectl } from "../../../lab/control-plane/kubectl";
import { openKubeApi } from "../../../lab/operator/kube-api";
import { accountKubeconfig } from "../../../lab/operator/operator-kubeconfig";
import { runCommand } from "../../../lab/operator/run-command";
import { ROOT } from "../../../lab/stage";
import { objectsOf, STRICT, type InstallStage } from "./stage";

interface Configuration {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks: readonly {
    readonly clientConfig: { readonly caBundle?: string; readonly service: { readonly path?: string } };
  }[];
}

/** The program of the bootstrap Job, run as its ServiceAccount with nothing but the rights that are rendered. */
export function bootstrapTests(stage: () => InstallStage): void {
  describe("the bootstrap Job", () => {
    let kubeconfig: string;
    let text: string;
    const secret = async (name: string): Promise<Record<string, string>> => {
      const args = ["get", "secret", name, "-n", NAMES.namespace, "-o", "json"];
      const { data = {} } = JSON.parse(await kubectl(stage().cluster, args)) as {
        data?: Record<string, string>;
      };
      return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
      );
    };
    const configurations = async (): Promise<Configuration[]> =>
      Promise.all(
        ["mutating", "validating"].map(async (kind) => {
          const args = ["get", `${kind}webhookconfiguration`, NAMES.operator, "-o", "json"];
          return JSON.parse(await kubectl(stage().cluster, args)) as Configuration;
        }),
      );
    const run = async (certificate = "own"): Promise<string> => {
      const { folder } = stage();
      const program = objectsOf(text).find(
        ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === NAMES.bootstrap,
      ) as KubeObject & { data: Record<string, string> };
      const file = join(folder, "bootstrap.cjs");
      await writeFile(file, program.data["bootstrap.cjs"] ?? "");
      // The image has the framework's packages two folders above; here they are elsewhere.
      const env = {
        PATH: process.env["PATH"],
        KUBECONFIG: kubeconfig,
        NODE_PATH: join(ROOT, "node_modules"),
      };
      const names = [`--name=${NAMES.operator}`, `--namespace=${NAMES.namespace}`];
      const args = [file, ...names, `--certificate=${certificate}`];
      return runCommand({ command: process.execPath, args, cwd: folder, env, timeoutMs: 50_000 });
    };

    beforeAll(async () => {
      const { cluster, folder, rendered } = stage();
      text = await kubectl(cluster, ["kustomize", rendered.gitops]);
      await kubectl(cluster, STRICT, { input: text });
      const api = await openKubeApi(cluster.kubeconfig, cluster.context);
      const directory = join(folder, "bootstrap-account");
      await mkdir(directory);
      const account = { namespace: NAMES.namespace, name: NAMES.bootstrap, directory };
      kubeconfig = await accountKubeconfig(api, account);
      api.close();
    });

    it("makes a certificate and a path, and points both webhooks there", async () => {
      const printed = await run();
      const { "tls.crt": certificate = "", "ca.crt": authority = "", ...rest } = await secret(NAMES.tls);
      const { value = "" } = await secret(NAMES.apiPath);
      const server = new X509Certificate(certificate);
      expect(server.verify(new X509Certificate(authority).publicKey)).toBe(true);
      for (const service of [NAMES.operator, NAMES.watcher])
        expect(server.checkHost(`${service}.${NAMES.namespace}.svc`)).toBeDefined();
      expect(value).toMatch(/^[0-9a-f]{64}$/);
      const clients = (await configurations()).map(({ webhooks }) => webhooks[0]?.clientConfig);
      expect(clients.map((client) => client?.service.path)).toEqual([
        `/mutate/${value}`,
        `/validate/${value}`,
      ]);
      for (const client of clients)
        expect(Buffer.from(client?.caBundle ?? "", "base64").toString("utf8")).toBe(authority);
      for (const hidden of [value, rest["tls.key"] ?? "?"]) expect(printed).not.toContain(hidden);
    });

    it("changes nothing when all is there", async () => {
      const before = [await secret(NAMES.tls), await secret(NAMES.apiPath), await configurations()];
      await run();
      expect([await secret(NAMES.tls), await secret(NAMES.apiPath), await configurations()]).toEqual(before);
    });

    it.each([
      ["server-side, forced", ["apply", "--server-side", "--force-conflicts", "-f", "-"]],
      ["client-side", ["apply", "-f", "-"]],
    ])("is not undone by a tool that applies the manifests again %s", async (_, args) => {
      const before = [await secret(NAMES.tls), await secret(NAMES.apiPath), await configurations()];
      const small = objectsOf(text).filter(
        ({ kind, metadata }) => /Webhook|Secret/.test(kind) && metadata.name !== NAMES.module,
      );
      const input = small.map((each) => JSON.stringify(each)).join("\n---\n");
      await kubectl(stage().cluster, args, { input });
      const [tls, path, [mutate, validate]] = [
        await secret(NAMES.tls),
        await secret(NAMES.apiPath),
        await configurations(),
      ];
      const webhooks = [mutate?.webhooks, validate?.webhooks];
      expect([tls, path, webhooks]).toEqual([
        before[0],
        before[1],
        (before[2] as Configuration[]).map((each) => each.webhooks),
      ]);
    });

    it("replaces a certificate that cannot be read, and trusts no other", async () => {
      const patch = JSON.stringify({ stringData: { "tls.crt": "none" } });
      await kubectl(stage().cluster, ["patch", "secret", NAMES.tls, "-n", NAMES.namespace, "-p", patch]);
      expect(await run()).toContain("has a new certificate");
      const { "tls.crt": certificate = "", "ca.crt": authorities = "" } = await secret(NAMES.tls);
      const [newest = "", ...older] = authorities.match(/-----BEGIN[\s\S]*?END CERTIFICATE-----/g) ?? [];
      expect(new X509Certificate(certificate).verify(new X509Certificate(newest).publicKey)).toBe(true);
      expect(older).toHaveLength(1); // pods that have not read the new certificate yet
    });

    it("leaves the certificate to cert-manager when told so", async () => {
      const before = await secret(NAMES.tls);
      await run("cert-manager");
      expect(await secret(NAMES.tls)).toEqual(before);
    });

    it("is recreated by Argo CD when its template changes, and left alone when nothing did", async () => {
      const job = objectsOf(text).find(({ kind }) => kind === "Job") as KubeObject;
      // Argo CD calls kubectl's own code like this, because of the annotation.
      expect(job.metadata.annotations?.["argocd.argoproj.io/sync-options"]).toBe(
        "Force=true,ServerSideApply=false",
      );
      const named = { ...job, metadata: { ...job.metadata, name: "synced" } };
      const sync = async (object: object): Promise<string> => {
        await kubectl(stage().cluster, ["apply", "--force", "-f", "-"], { input: JSON.stringify(object) });
        const args = ["get", "job", "synced", "-n", NAMES.namespace, "-o", "jsonpath={.metadata.uid}"];
        return kubectl(stage().cluster, args);
      };
      const first = await sync(named);
      const again = await sync(named);
      const image = JSON.stringify(named).replace(/"image":"[^"]+"/, '"image":"registry.example/other:1"');
      const changed = await sync(JSON.parse(image) as object);
      expect(again).toBe(first);
      expect(changed).not.toBe(first);
    });

    it.each([
      ["create", "secrets"],
      ["list", "secrets"],
      ["get", `secrets/${NAMES.module}`],
      ["delete", `secrets/${NAMES.tls}`],
      ["create", "mutatingwebhookconfigurations"],
      ["patch", "validatingwebhookconfigurations/another"],
      ["delete", `mutatingwebhookconfigurations/${NAMES.operator}`],
      ["patch", `deployments/${NAMES.operator}`],
      ["create", "pods"],
    ])("may not %s %s", async (verb, object) => {
      const account = `system:serviceaccount:${NAMES.namespace}:${NAMES.bootstrap}`;
      const args = ["auth", "can-i", verb, object, "-n", NAMES.namespace, `--as=${account}`];
      const { stdout } = await tryKubectl(stage().cluster, args);
      expect(stdout.trim()).toBe("no");
    });
  });
}
