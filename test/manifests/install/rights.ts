import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { NAMES, type KubeObject } from "../../../generate/gitops/objects";
import { PEPR_STORE_CRD } from "../../../generate/gitops/pepr-store";
import { kubectl, tryKubectl } from "../../../lab/control-plane/kubectl";
import { rightsOf } from "../../fixtures/rights";
import { namespaces, objectsOf, STRICT, type InstallStage } from "./stage";

const ACCESS_KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const STORE = "peprstores.pepr.dev";
const KINDS = [
  "kollectconnectiontests",
  "kollectsnapshotsinks",
  "kollectdatabasesinks",
  "kollecteventsinks",
].map((plural) => `${plural}.kollect.dev`);
/** Another project's, which the stage has; and one that no project has. */
const OTHERS = ["certificates.cert-manager.io", "certificates.pepr.dev"];

const INSTALLATIONS: readonly (readonly [
  string,
  (stage: InstallStage) => Promise<string>,
  readonly string[],
])[] = [
  ["the manifests for Git", (stage) => stage.kustomize({ resources: ["operator"] }), [STORE]],
  [
    "the manifests for Git with the module in the image",
    (stage) => stage.kustomize({ resources: ["operator"], components: ["module-in-image"] }),
    [],
  ],
  ["the framework's manifests", ({ build }) => readFile(build.manifestsPath, "utf8"), [STORE, ...KINDS]],
];

/** What the operator may do with CustomResourceDefinitions, asked of a real API server. */
export function rightsTests(stage: () => InstallStage): void {
  const account = `${NAMES.namespace}:${NAMES.operator}`;

  /** Leaves the operator with the rights of these manifests alone. */
  async function give(manifests: string): Promise<void> {
    const { cluster } = stage();
    const roles = `clusterrole,clusterrolebinding`;
    for (const name of [NAMES.operator, NAMES.entryPoint])
      await kubectl(cluster, ["delete", roles, name, "--ignore-not-found"]);
    await kubectl(cluster, [...STRICT], { input: namespaces(NAMES.namespace) });
    const access = objectsOf(manifests).filter(({ kind }) => ACCESS_KINDS.includes(kind));
    const input = access.map((each) => JSON.stringify(each)).join("\n---\n");
    await kubectl(cluster, [...STRICT, "--force-conflicts"], { input });
  }

  /** What the API server answers to the operator; nothing is stored. */
  async function answer(verb: readonly string[], name: string): Promise<string> {
    const args = ["--dry-run=server", "--validate=false", `--as=system:serviceaccount:${account}`, "-f", "-"];
    const input = JSON.stringify(definition(name));
    const { code, stderr } = await tryKubectl(stage().cluster, [...verb, ...args], { input });
    // Rights are checked before the content, which is invalid where another definition of the name is stored.
    if (code === 0 || / is invalid: /.test(stderr)) return "accepted";
    return /is forbidden: User "[^"]+" cannot (create|patch) resource/.exec(stderr)?.[1] ?? stderr;
  }

  describe("the operator's account", () => {
    it.each(INSTALLATIONS)(
      "of %s may apply the definitions that it needs, and no other",
      async (_, render, named) => {
        await give(await render(stage()));
        const expected =
          named.length === 0 ? [] : [expect.stringContaining(`named ${JSON.stringify(named)}`)];
        await expect
          .poll(
            async () => {
              const rights = await rightsOf(stage().cluster, account, "default");
              return rights.filter((line) => line.includes("customresourcedefinitions"));
            },
            { timeout: 10_000 },
          )
          .toEqual(expected);

        for (const name of [STORE, ...KINDS, ...OTHERS]) {
          const applied = await answer(["apply", "--server-side", "--force-conflicts"], name);
          expect(applied, name).toBe(named.includes(name) ? "accepted" : "patch");
          // A POST carries no name that a rule could allow.
          expect(await answer(["create"], name), name).toBe("create");
        }
      },
    );
  });
}

/** The smallest definition of this name. */
function definition(name: string): KubeObject {
  const [plural = "", ...group] = name.split(".");
  const names = { plural, kind: `X${plural}` };
  const spec = { ...(PEPR_STORE_CRD["spec"] as object), group: group.join("."), names };
  return { ...PEPR_STORE_CRD, metadata: { name }, spec };
}
