import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { ControlPlane } from "../../lab/control-plane/types";
import { gitopsCrds } from "../../lab/servers/tools/gitops-crds";
import { established, kubectl } from "../../lab/control-plane/kubectl";

const config = join(import.meta.dirname, "../../config");

/** Every folder with a kustomization, and every other file, below the folder. */
function recipesIn(folder: string): string[] {
  if (existsSync(join(config, folder, "kustomization.yaml"))) return [`-k ${folder}`];
  return readdirSync(join(config, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? recipesIn(path) : [`-f ${path}`];
  });
}

const RECIPES = ["argo-cd", "flux", "beside-kollect"].flatMap(recipesIn);

interface Hook {
  readonly kind: string;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly ownerSink?: boolean };
}

interface FluxKustomization {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly path: string;
    readonly wait: boolean;
    readonly dependsOn?: readonly { readonly name: string }[];
  };
}

function documents(file: string): unknown[] {
  return parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS() as unknown);
}

export function recipes(cluster: () => ControlPlane): void {
  describe("the recipes for GitOps", () => {
    beforeAll(async () => {
      for (const namespace of ["argocd", "flux-system"])
        await kubectl(cluster(), ["create", "namespace", namespace]);
      for (const crd of await gitopsCrds()) {
        await kubectl(cluster(), ["apply", "--server-side", "-f", crd]);
        await established(cluster(), ["-f", crd]);
      }
    });

    it.each(RECIPES)("%s passes strict validation by the API server", async (recipe) => {
      const [option = "", path = ""] = recipe.split(" ");
      const args = ["apply", "--dry-run=server", "--validate=strict", option, join(config, path)];
      expect(await kubectl(cluster(), args)).toContain("(server dry run)");
    });

    it("for Flux apply no test beside its sink, and each Kustomization waits for the one before", () => {
      for (const [way, kinds] of [
        ["split", { sinks: ["KollectDatabaseSink"], tests: ["KollectConnectionTest"] }],
        ["sink-triggers", { sinks: ["KollectDatabaseSink"] }],
      ] as const) {
        const folder = join(config, "flux", way);
        const kustomizations = documents(join(folder, "kustomizations.yaml")) as FluxKustomization[];
        const paths = kustomizations.map(({ spec }) => spec.path);
        expect(paths).toEqual([...Object.keys(kinds), "app"].map((part) => `./shop/${part}`));
        const names = kustomizations.map(({ metadata }) => metadata.name);
        expect(kustomizations.map(({ spec }) => spec.dependsOn?.map(({ name }) => name))).toEqual([
          undefined,
          ...names.slice(0, -1).map((name) => [name]),
        ]);
        expect(kustomizations.map(({ spec }) => spec.wait)).toEqual(names.map(() => true));
        for (const [part, expected] of Object.entries(kinds)) {
          const { resources } = parse(readFileSync(join(folder, part, "kustomization.yaml"), "utf8")) as {
            readonly resources: readonly string[];
          };
          const found = resources.flatMap((file) => documents(join(folder, part, file)));
          expect(found).toEqual(expected.map((kind) => expect.objectContaining({ kind })));
        }
      }
    });

    it("for a first installation in one commit are those of split, after the operator", () => {
      const read = (way: string): FluxKustomization[] =>
        documents(join(config, "flux", way, "kustomizations.yaml")) as FluxKustomization[];
      const [operator, sinks, ...rest] = read("first-install");
      const [first, ...others] = read("split");
      expect(operator).toMatchObject({
        metadata: { name: "kollect-connection-test" },
        spec: { wait: true, path: "./kollect-connection-test" },
      });
      const dependsOn = [{ name: operator?.metadata.name }];
      expect(sinks).toEqual({ ...first, spec: { ...first?.spec, dependsOn } });
      expect(rest).toEqual(others);
    });

    it("the health checks are added to Argo CD's ConfigMap, and keep what is there", async () => {
      const named = ["configmap", "argocd-cm", "-n", "argocd"];
      await kubectl(cluster(), ["create", ...named, "--from-literal=url=https://argocd.example.com"]);
      for (const file of ["argocd-cm.yaml", "argocd-cm-sinks.yaml"]) {
        await kubectl(cluster(), ["patch", ...named, "--patch-file", join(config, "argo-cd", file)]);
      }
      const { data } = JSON.parse(await kubectl(cluster(), ["get", ...named, "-o", "json"])) as {
        readonly data: Readonly<Record<string, string>>;
      };

      const kinds = [
        "KollectConnectionTest",
        "KollectDatabaseSink",
        "KollectEventSink",
        "KollectSnapshotSink",
      ];
      expect(Object.keys(data).sort()).toEqual([
        ...kinds.map((kind) => `resource.customizations.health.kollect.dev_${kind}`),
        "url",
      ]);
    });

    it("the hooks for older releases of Argo CD are those of shop, deleted when their sync is over", async () => {
      const render = async (folder: string): Promise<string> =>
        kubectl(cluster(), ["kustomize", join(config, "argo-cd", folder)]);
      const [shop, older] = await Promise.all(["shop", "shop-older-releases"].map(render));
      const policy = "argocd.argoproj.io/hook-delete-policy: ";
      expect(shop?.split(`${policy}BeforeHookCreation`)).toHaveLength(3);
      expect(older).toBe(
        shop?.replaceAll(`${policy}BeforeHookCreation`, `${policy}HookSucceeded,HookFailed`),
      );
    });

    it.each(["shop/before-sync.yaml", "shop/after-sync.yaml", "shop-with-sink/between-waves.yaml"])(
      "the hook %s lasts until the next sync recreates it, whatever becomes of the sink",
      (file) => {
        const hook = parse(readFileSync(join(config, "argo-cd", file), "utf8")) as Hook;
        expect(hook.metadata.annotations).toMatchObject({
          "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
          "kollect.dev/retain": "true",
        });
        expect(hook.spec?.ownerSink).toBe(false);
      },
    );
  });
}
