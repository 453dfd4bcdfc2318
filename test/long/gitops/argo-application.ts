import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { waitUntil } from "../../../lab/control-plane/wait";
import { ARGO_CD } from "../../../lab/servers/argo-cd/argo-cd";
import { ROOT, type Stage } from "../../../lab/stage";

const run = promisify(execFile);
const WITHIN_MS = 120_000;
const APPLICATION = readFileSync(join(ROOT, "config/argo-cd/application.yaml"), "utf8");

/** One sync of an application, when it is over. */
export interface Sync {
  readonly phase: "Succeeded" | "Failed" | "Error";
  readonly message: string;
  readonly revision: string;
  /** Name and word of each hook. */
  readonly hooks: readonly (readonly [name: string, phase: string])[];
}

interface OperationState {
  readonly phase: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly syncResult?: {
    readonly revision: string;
    readonly resources?: readonly {
      readonly name: string;
      readonly hookType?: string;
      readonly hookPhase?: string;
    }[];
  };
}

/** The settings that Argo CD starts from, with our health check as people add it. */
export async function installArgoSettings({ kubectl }: Stage): Promise<void> {
  const labels = { "app.kubernetes.io/part-of": "argocd" };
  const object = (kind: string, name: string): object => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: ARGO_CD, labels },
  });
  const project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: ARGO_CD },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ namespace: "*", server: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
  const settings = [object("ConfigMap", "argocd-cm"), object("Secret", "argocd-secret"), project];
  await kubectl(["apply", "-f", "-"], {
    input: settings.map((each) => JSON.stringify(each)).join("\n---\n"),
  });
  const patch = join(ROOT, "config/argo-cd/argocd-cm.yaml");
  await kubectl(["patch", "configmap", "argocd-cm", "-n", ARGO_CD, "--patch-file", patch]);
}

/** An Application, and the Git repository that it names, with the manifests of a folder of config/argo-cd. */
export class ArgoApplication {
  #commits = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly recipe: string,
    private readonly repository: string,
    readonly namespace: string,
  ) {}

  /** The folder must be empty. The application syncs when it is asked to. */
  static async create(
    stage: Stage,
    { recipe, repository, namespace }: { recipe: string; repository: string; namespace: string },
  ): Promise<ArgoApplication> {
    await run("git", ["init", "--quiet", "--initial-branch=main", repository]);
    const created = new ArgoApplication(stage, recipe, repository, namespace);
    await created.commit();
    await stage.kubectl(["apply", "-f", "-"], { input: stringify(created.#application()) });
    return created;
  }

  /** Makes a commit that changes the Deployment, and returns its number. */
  async commit(): Promise<number> {
    this.#commits += 1;
    const rendered = await this.stage.kubectl(["kustomize", join(ROOT, "config/argo-cd", this.recipe)]);
    const objects = parseAllDocuments(rendered).map((document) => document.toJS() as Rendered);
    for (const { kind, metadata, spec } of objects) {
      if (kind !== "Deployment") continue;
      metadata.annotations = { commit: String(this.#commits) };
      spec.replicas = 0; // nothing runs its pods here, and Argo CD waits until it is healthy
    }
    await mkdir(join(this.repository, "shop"), { recursive: true });
    const text = objects.map((object) => stringify(object)).join("---\n");
    await writeFile(join(this.repository, "shop/manifests.yaml"), text);
    const git = ["-C", this.repository, "-c", "user.name=shop", "-c", "user.email=shop@example.com"];
    await run("git", [...git, "add", "."]);
    await run("git", [...git, "commit", "--quiet", "--message", `Commit ${this.#commits}`]);
    return this.#commits;
  }

  /** Syncs it once, as `argocd app sync` asks for it. */
  async sync(): Promise<Sync> {
    const { stdout } = await run("git", ["-C", this.repository, "rev-parse", "HEAD"]);
    const revision = stdout.trim();
    const before = (await this.#state())?.startedAt;
    const operation = { initiatedBy: { username: "admin" }, sync: { revision, syncStrategy: { hook: {} } } };
    await this.stage.api.request({
      method: "PATCH",
      path: this.#path(),
      contentType: "application/merge-patch+json",
      body: { operation },
    });
    const state = await waitUntil(
      { what: "the end of the sync", timeoutMs: WITHIN_MS, intervalMs: 200 },
      async () => {
        const now = await this.#state();
        return now && now.startedAt !== before && now.phase !== "Running" ? now : undefined;
      },
    );
    const { resources = [], revision: synced = "" } = state.syncResult ?? {};
    return {
      phase: state.phase as Sync["phase"],
      message: state.message ?? "",
      revision: synced,
      hooks: resources.flatMap(({ name, hookType, hookPhase = "" }) => (hookType ? [[name, hookPhase]] : [])),
    };
  }

  /** The number of the commit whose Deployment is there; 0 when there is none. */
  async deployed(): Promise<number> {
    const args = ["get", "deployment", "orders", "-n", this.namespace, "--ignore-not-found"];
    return Number(await this.stage.kubectl([...args, "-o", "jsonpath={.metadata.annotations.commit}"]));
  }

  async #state(): Promise<OperationState | undefined> {
    const found = (await this.stage.api.request({ method: "GET", path: this.#path() })) as {
      status?: { operationState?: OperationState };
    };
    return found.status?.operationState;
  }

  #path(): string {
    return `/apis/argoproj.io/v1alpha1/namespaces/${ARGO_CD}/applications/shop`;
  }

  /** config/argo-cd/application.yaml, for this repository and without a sync of its own accord. */
  #application(): object {
    const { spec, ...application } = parse(APPLICATION) as { spec: Spec };
    const { syncPolicy: _, ...kept } = spec;
    const source = { ...spec.source, repoURL: `file://${this.repository}` };
    return {
      ...application,
      spec: { ...kept, source, destination: { ...spec.destination, namespace: this.namespace } },
    };
  }
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { annotations?: Record<string, string> };
  readonly spec: { replicas?: number };
}

interface Spec {
  readonly source: object;
  readonly destination: object;
  readonly syncPolicy: object;
}
