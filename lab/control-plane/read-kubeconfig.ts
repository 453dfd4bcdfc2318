import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isCode } from "./build-lock";

/** An object of a kubeconfig, with whatever members it has. */
export type Fields = Record<string, unknown>;

/** One context and what it refers to. */
export interface ContextParts {
  /** The file that has the context. */
  readonly file: string;
  readonly cluster: Fields;
  readonly user: Fields;
  readonly namespace: string | undefined;
}

interface Entry {
  readonly file: string;
  readonly name: string;
  readonly fields: Fields;
}

const PATH_FIELDS = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** The files that kubectl would read: those of `KUBECONFIG`, or else `~/.kube/config`. */
export function personalFiles(env: NodeJS.ProcessEnv): string[] {
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(env.HOME || homedir(), ".kube", "config")];
}

/**
 * Reads the context of that name, with its cluster and its user, from the files together. Paths in what it returns
 * are absolute. Rejects when a file is broken or there is no such context.
 */
export async function readContext(name: string, files: readonly string[]): Promise<ContextParts> {
  const configs = (await Promise.all(files.map(readConfig))).flat();
  const context = find(configs, "contexts", name);
  if (context === undefined) throw new Error(unknownContext(name, files, configs));
  const part = (list: "clusters" | "users", member: "cluster" | "user"): Fields => {
    const found = find(configs, list, String(context.fields[member]));
    if (found) return absolutePaths(found);
    throw new Error(`context ${name} in ${context.file} names a ${member} that no kubeconfig has`);
  };
  return {
    file: context.file,
    cluster: part("clusters", "cluster"),
    user: part("users", "user"),
    namespace: context.fields.namespace as string | undefined,
  };
}

interface Config {
  readonly file: string;
  readonly content: Fields;
}

/** A listed file that does not exist is passed over, as kubectl does. */
async function readConfig(file: string): Promise<Config[]> {
  try {
    const content: unknown = parse(await readFile(file, "utf8"));
    return typeof content === "object" && content !== null ? [{ file, content: content as Fields }] : [];
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw new Error(`the kubeconfig ${file} cannot be read: fix it, or name other files in KUBECONFIG`, {
      cause: error,
    });
  }
}

function entries(config: Config, list: "contexts" | "clusters" | "users"): Entry[] {
  const items = config.content[list];
  if (!Array.isArray(items)) return [];
  const member = list.slice(0, -1);
  return (items as Fields[]).map((item) => ({
    file: config.file,
    name: String(item.name),
    fields: (item[member] ?? {}) as Fields,
  }));
}

/** The first file that has a name wins, as in kubectl. */
function find(
  configs: readonly Config[],
  list: "contexts" | "clusters" | "users",
  name: string,
): Entry | undefined {
  return configs.flatMap((config) => entries(config, list)).find((entry) => entry.name === name);
}

function unknownContext(name: string, files: readonly string[], configs: readonly Config[]): string {
  const names = configs.flatMap((config) => entries(config, "contexts")).map((entry) => entry.name);
  const known = names.length === 0 ? "They have none." : `Contexts there: ${names.join(", ")}.`;
  return `--context ${name}: there is no such context in ${files.join(" or ")}. ${known}`;
}

/** Paths in a kubeconfig are relative to its folder, and the copy is elsewhere. */
function absolutePaths(entry: Entry): Fields {
  const base = dirname(resolve(entry.file));
  const fields = { ...entry.fields };
  for (const key of PATH_FIELDS) {
    const path = fields[key];
    if (typeof path === "string") fields[key] = resolve(base, path);
  }
  const exec = fields.exec as Fields | undefined;
  const command = exec?.command;
  if (typeof command === "string" && command !== basename(command)) {
    fields.exec = { ...exec, command: resolve(base, command) };
  }
  return fields;
}
