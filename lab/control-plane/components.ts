import { access, constants, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ensureControlPlaneBinary } from "./build";
import type { Log } from "./types";

/** A program and the arguments that come before all others. */
export type Command = readonly [file: string, ...args: string[]];

/** Where the programs of a control plane are. */
export interface Components {
  readonly origin: "built" | "assets";
  readonly etcd: Command;
  readonly apiServer: Command;
  readonly controllers: Command | undefined;
  readonly kubectl: string;
}

/** The programs in a folder as `KUBEBUILDER_ASSETS` names it. Rejects with the first one that is missing. */
export async function componentsFromAssets(folder: string): Promise<Components> {
  const find = async (name: string): Promise<string> => {
    const file = join(folder, name);
    await access(file, constants.X_OK).catch((error: unknown) => {
      const hint = "Fill it with setup-envtest, or unset it to have the control plane built.";
      throw new Error(`KUBEBUILDER_ASSETS names ${folder}, which has no executable ${name}. ${hint}`, {
        cause: error,
      });
    });
    return file;
  };
  // One after the other, so that the same one is named each time.
  const etcd = await find("etcd");
  const apiServer = await find("kube-apiserver");
  const kubectl = await find("kubectl");
  return { origin: "assets", etcd: [etcd], apiServer: [apiServer], controllers: undefined, kubectl };
}

/** The programs that are built from the Go module beside this file. `folder` gets the link `kubectl`. */
export async function componentsFromBuild(
  folder: string,
  options: { readonly signal?: AbortSignal | undefined; readonly log?: Log | undefined },
): Promise<Components> {
  const binary = await ensureControlPlaneBinary(options);
  return {
    origin: "built",
    etcd: [binary, "etcd"],
    apiServer: [binary, "kube-apiserver"],
    controllers: [binary, "controllers"],
    kubectl: await linkKubectl(binary, folder),
  };
}

/** Links the built program under the name by which it is kubectl. */
async function linkKubectl(binary: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const link = join(folder, "kubectl");
  await rm(link, { force: true });
  await symlink(binary, link);
  return link;
}
