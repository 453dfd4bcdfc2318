import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A folder of bare repositories. */
export interface GitRepositories {
  readonly root: string;
  /** Creates `<name>.git` with an empty commit on each branch; without branches it stays empty. */
  create(name: string, options?: RepositoryOptions): Promise<void>;
  /** The references of a repository, to see that a probe changed none. */
  refs(name: string): Promise<string>;
  remove(): Promise<void>;
}

export interface RepositoryOptions {
  readonly branches?: readonly string[];
  /** The branch that HEAD names, which need not exist; `main` when absent. */
  readonly head?: string;
  readonly objectFormat?: "sha1" | "sha256";
  readonly tags?: readonly string[];
  /** Settings of the repository, such as `http.receivepack`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Scripts of server-side hooks by name, such as `pre-receive`. */
  readonly hooks?: Readonly<Record<string, string>>;
}

export async function gitRepositories(): Promise<GitRepositories> {
  const root = await mkdtemp(join(tmpdir(), "kollect-git-"));
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run("git", args, { cwd: root, env: gitEnvironment(root) });
    return stdout.trim();
  };
  return {
    root,
    create: async (name, options = {}) => {
      const { branches = [], tags = [] } = options;
      const path = join(root, `${name}.git`);
      await initialise(path, options, git);
      if (branches.length === 0) return;
      const tree = await git("-C", path, "hash-object", "-t", "tree", "-w", "/dev/null");
      const commit = await git("-C", path, "commit-tree", tree, "-m", "begin");
      const refs = [...branches.map((branch) => `heads/${branch}`), ...tags.map((tag) => `tags/${tag}`)];
      for (const ref of refs) await git("-C", path, "update-ref", `refs/${ref}`, commit);
    },
    refs: (name) => git("-C", join(root, `${name}.git`), "for-each-ref"),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function initialise(
  path: string,
  { head = "main", objectFormat = "sha1", config = {}, hooks = {} }: RepositoryOptions,
  git: (...args: readonly string[]) => Promise<string>,
): Promise<void> {
  await git("init", "-q", "--bare", `--object-format=${objectFormat}`, "-b", head, path);
  for (const [key, value] of Object.entries(config)) await git("-C", path, "config", key, value);
  for (const [hook, script] of Object.entries(hooks)) {
    await writeFile(join(path, "hooks", hook), script, { mode: 0o755 });
  }
}

/** Git's settings of the person and the machine must not change what a test sees. */
export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.com",
  };
}
