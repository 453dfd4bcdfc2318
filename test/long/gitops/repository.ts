import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ArtifactServer, Tree } from "../../../lab/servers/flux/artifacts";
import { ROOT, type Stage } from "../../../lab/stage";

/** The recipes for Flux that stop an application. */
export type Recipe = "split" | "sink-triggers";

/** One commit to the repository that a recipe names. */
export interface Commit {
  readonly number: number;
  /** The Secret that the sink names. */
  readonly secret: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A Flux Kustomization, as far as the tests read it. */
export interface Kustomization {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
  };
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
    const source = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "deployments", namespace: this.namespace },
      spec: { interval: "10m", url: "https://git.example.com/deployments" },
    };
    const recipe = this.#read("kustomizations.yaml")
      .replaceAll("namespace: flux-system", `namespace: ${this.namespace}`)
      .replaceAll("targetNamespace: shop", `targetNamespace: ${this.namespace}`);
    await this.stage.kubectl(["apply", "-f", "-"], { input: `${JSON.stringify(source)}\n---\n${recipe}` });
  }

  /** Makes a commit and returns its revision. */
  async push(commit: Commit): Promise<string> {
    const artifact = await this.artifacts.publish(`${this.recipe}-main`, this.#tree(commit));
    const lastTransitionTime = artifact.lastUpdateTime;
    const ready = {
      type: "Ready",
      status: "True",
      reason: "Succeeded",
      message: "stored",
      lastTransitionTime,
    };
    await this.stage.api.request({
      method: "PATCH",
      path: `/apis/source.toolkit.fluxcd.io/v1/namespaces/${this.namespace}/gitrepositories/deployments/status`,
      contentType: "application/merge-patch+json",
      body: { status: { artifact, observedGeneration: 1, conditions: [ready] } },
    });
    return artifact.revision;
  }

  /** A Kustomization of the recipe. */
  async kustomization(name: string): Promise<Kustomization> {
    const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${this.namespace}/kustomizations/${name}`;
    return (await this.stage.api.request({ method: "GET", path })) as Kustomization;
  }

  /** The number of the commit whose application was applied; 0 before the first. */
  async applied(): Promise<number> {
    const args = ["get", "configmap", "application", "-n", this.namespace, "--ignore-not-found"];
    return Number(await this.stage.kubectl([...args, "-o", "jsonpath={.data.commit}"]));
  }

  #tree({ number, secret }: Commit): Tree {
    const read = (path: string): string => this.#read(path);
    const sink = read("sinks/sink.yaml").replace("name: orders-dsn", `name: ${secret}`);
    const application = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "application" },
      data: { commit: String(number) },
    };
    return {
      "shop/sinks/kustomization.yaml": read("sinks/kustomization.yaml"),
      "shop/sinks/sink.yaml": sink,
      ...(this.recipe === "split" ? this.#tests(number) : {}),
      "shop/app/application.yaml": JSON.stringify(application),
    };
  }

  #tests(number: number): Tree {
    const asked = `requested-at: "commit ${number}"`;
    return {
      "shop/tests/kustomization.yaml": this.#read("tests/kustomization.yaml"),
      "shop/tests/test.yaml": this.#read("tests/test.yaml").replace(/requested-at: ".*"/, asked),
    };
  }

  #read(path: string): string {
    return readFileSync(join(ROOT, "config/flux", this.recipe, path), "utf8");
  }
}
