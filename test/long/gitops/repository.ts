import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ArtifactServer, Tree } from "../../../lab/servers/flux/artifacts";
import { ROOT, type Stage } from "../../../lab/stage";
import { announce, application, gitRepository, kustomization, type Kustomization } from "./source";

/** The recipes for Flux that stop an application. */
export type Recipe = "split" | "sink-triggers";

/** One commit to the repository that a recipe names. */
export interface Commit {
  readonly number: number;
  /** The Secret that the sink names. */
  readonly secret: string;
}

/** A recipe of config/flux that is installed in a namespace of its own, with a repository behind it. */
export class Repository {
  constructor(
    private readonly stage: Stage,
    private readonly artifacts: ArtifactServer,
    readonly recipe: Recipe,
    readonly namespace: string,
  ) {}

  /** Installs the recipe's Kustomizations and their source, which has no commit yet. */
  async install(): Promise<void> {
    const source = JSON.stringify(gitRepository(this.namespace));
    const recipe = readRecipe(`${this.recipe}/kustomizations.yaml`)
      .replaceAll("namespace: flux-system", `namespace: ${this.namespace}`)
      .replaceAll("targetNamespace: shop", `targetNamespace: ${this.namespace}`);
    await this.stage.kubectl(["apply", "-f", "-"], { input: `${source}\n---\n${recipe}` });
  }

  /** Makes a commit and returns its revision. */
  async push(commit: Commit): Promise<string> {
    const artifact = await this.artifacts.publish(`${this.recipe}-main`, treeOf(this.recipe, commit));
    await announce(this.stage.api, this.namespace, artifact);
    return artifact.revision;
  }

  /** A Kustomization of the recipe. */
  kustomization(name: string): Promise<Kustomization> {
    return kustomization(this.stage.api, this.namespace, name);
  }

  /** The number of the commit whose application was applied; 0 before the first. */
  async applied(): Promise<number> {
    const args = ["get", "configmap", "application", "-n", this.namespace, "--ignore-not-found"];
    return Number(await this.stage.kubectl([...args, "-o", "jsonpath={.data.commit}"]));
  }
}

/** The folders that a recipe's Kustomizations name, at a commit. */
export function treeOf(recipe: Recipe, { number, secret }: Commit): Tree {
  const sink = readRecipe(`${recipe}/sinks/sink.yaml`).replace("name: orders-dsn", `name: ${secret}`);
  return {
    "shop/sinks/kustomization.yaml": readRecipe(`${recipe}/sinks/kustomization.yaml`),
    "shop/sinks/sink.yaml": sink,
    ...(recipe === "split" ? testsAt(number) : {}),
    ...application(number),
  };
}

function testsAt(commit: number): Tree {
  const asked = `requested-at: "commit ${commit}"`;
  return {
    "shop/tests/kustomization.yaml": readRecipe("split/tests/kustomization.yaml"),
    "shop/tests/test.yaml": readRecipe("split/tests/test.yaml").replace(/requested-at: ".*"/, asked),
  };
}

/** A file of config/flux. */
export function readRecipe(path: string): string {
  return readFileSync(join(ROOT, "config/flux", path), "utf8");
}
