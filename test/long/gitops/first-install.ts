import { kubectl } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import type { ArtifactServer, Tree } from "../../../lab/servers/flux/artifacts";
import type { Installation } from "../../e2e/deployed/installation";
import { documented, operatorTree } from "./operator-tree";
import { readRecipe, treeOf, type Commit } from "./repository";
import { announce, gitRepository, kustomization, saidOf, type Kustomization } from "./source";

export const FLUX = "flux-system";
/** In the order in which one waits for the other. */
export const STEPS = ["kollect-connection-test", "shop-sinks", "shop-tests", "shop"] as const;
export type Step = (typeof STEPS)[number];

/** A commit with the operator in it. */
export interface FullCommit extends Commit {
  /** `KOLLECT_` settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the test; `orders` unless another one has taken its place. */
  readonly test?: string;
}

const WITHIN_MS = 150_000;

/** The recipe first-install, and the repository that its Kustomizations read: dist/gitops beside sinks and tests. */
export class FirstInstall {
  private constructor(
    private readonly installation: Installation,
    private readonly artifacts: ArtifactServer,
    private readonly operator: Tree,
  ) {}

  static async open(installation: Installation, artifacts: ArtifactServer): Promise<FirstInstall> {
    return new FirstInstall(installation, artifacts, await operatorTree());
  }

  async install(): Promise<void> {
    const recipe = `${JSON.stringify(gitRepository(FLUX))}\n---\n${readRecipe("first-install/kustomizations.yaml")}`;
    await kubectl(this.installation.cluster, ["apply", "-f", "-"], { input: recipe });
  }

  /** Makes a commit and returns its revision. */
  async push(commit: FullCommit): Promise<string> {
    const tree = Object.entries({
      ...this.operator,
      "kollect-connection-test/kustomization.yaml": await documented({ settings: commit.settings }),
      ...treeOf("split", commit),
    });
    const named = `name: ${commit.test ?? "orders"}`;
    const artifact = await this.artifacts.publish(
      "main",
      Object.fromEntries(
        tree.map(([path, text]) => [
          path,
          path === "shop/tests/test.yaml" ? text.replace("name: orders", named) : text,
        ]),
      ),
    );
    await announce(this.installation.api, FLUX, artifact);
    return artifact.revision;
  }

  step(name: Step): Promise<Kustomization> {
    return kustomization(this.installation.api, FLUX, name);
  }

  /** The word of a step on a revision. Rejects with its conditions when it says none in time. */
  async word(name: Step, revision: string): Promise<"passed" | "failed"> {
    let last: Kustomization | undefined;
    const wait = { what: `the word of ${name}`, timeoutMs: WITHIN_MS, intervalMs: 200 };
    try {
      return await waitUntil(wait, async () => {
        last = await this.step(name);
        return saidOf(last, revision);
      });
    } catch (error) {
      throw new Error(`the last status of ${name}: ${JSON.stringify(last?.status?.conditions)}`, {
        cause: error,
      });
    }
  }

  /** Waits until every step has passed. */
  async passed(revision: string): Promise<void> {
    for (const step of STEPS) {
      const word = await this.word(step, revision);
      if (word !== "passed") throw new Error(`${step} has failed at ${revision}`);
    }
  }
}
