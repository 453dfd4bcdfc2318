import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt } from "./built";

export interface GoProgram {
  /** The command's file name. */
  readonly name: string;
  /** Import path of the command with its version, such as `github.com/nats-io/nats-server/v2@v2.15.2`. */
  readonly module: string;
  /** The oldest Go that builds it, such as `1.25.0`. */
  readonly go: string;
  /** How long a cold build takes, such as "about 40 s". */
  readonly duration: string;
}

/** Path of a program that `go install` built, once. */
export async function goProgram({ name, module, go, duration }: GoProgram): Promise<string> {
  const toolchain = await findGo(process.env, go, name);
  const folder = await ensureBuilt({
    name,
    identity: [module, toolchain.version, toolchain.os, toolchain.arch],
    duration,
    build: async (target) => {
      const env = { ...toolchain.env, GOBIN: target };
      const args = ["install", "-trimpath", "-ldflags=-s -w", module];
      // Outside any module, so that go install does not mind the version behind the @.
      await runGo(args, { toolchain: { ...toolchain, env }, cwd: tmpdir() });
    },
  });
  return join(folder, name);
}

export interface OwnGoProgram {
  readonly name: string;
  /** Folder with its module. */
  readonly sources: string;
  /** How long a cold build takes, such as "about 20 s". */
  readonly duration: string;
  /** Import path of the command, where the module only pins the versions that another's is built of. */
  readonly command?: string;
}

/** Path of a program of this repository, built once for each state of its sources. */
export async function ownGoProgram({
  name,
  sources,
  duration,
  command = ".",
}: OwnGoProgram): Promise<string> {
  const files = (await readdir(sources)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(sources, file), "utf8")));
  const named = command === "." ? [] : [command];
  const go = /^go (\S+)$/m.exec(texts.join("\n"))?.[1] ?? "";
  const toolchain = await findGo(process.env, go, name);
  const folder = await ensureBuilt({
    name,
    identity: [...files, ...texts, ...named, toolchain.version, toolchain.os, toolchain.arch],
    duration,
    build: async (target) => {
      const flags = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", join(target, name)];
      const args = ["build", ...flags, command];
      await runGo(args, { toolchain, cwd: sources });
    },
  });
  return join(folder, name);
}
