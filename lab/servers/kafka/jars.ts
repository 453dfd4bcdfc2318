import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureBuilt } from "../programs/built";
import { edition, installEditions, type Edition } from "../programs/edition";

const POM = join(import.meta.dirname, "pom.xml");
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const WITHIN_MS = 600_000;

/** The second is the last release that older clients and ZooKeeper still work with; the first is in the POM. */
const EDITIONS: Readonly<Record<Edition, { readonly name: string; readonly flags: readonly string[] }>> = {
  first: { name: "kafka", flags: [] },
  second: { name: "kafka-3.9", flags: ["-Dkafka.version=3.9.2"] },
};

const run = promisify(execFile);

/** The folder with the jars of a Kafka broker. Needs Maven, and Maven Central for the first time. */
export async function kafkaJars(wanted: Edition = edition()): Promise<string> {
  const { name, flags } = EDITIONS[wanted];
  return ensureBuilt({
    name,
    identity: [await readFile(POM, "utf8"), COPY, ...flags],
    duration: "about 20 s",
    build: async (folder) => {
      const args = ["-B", "-q", ...flags, "-f", POM, COPY, `-DoutputDirectory=${folder}`];
      await run("mvn", args, { timeout: WITHIN_MS }).catch((error: unknown) => {
        throw new Error("Maven could not fetch Kafka. It needs mvn, Java 17 and Maven Central.", {
          cause: error,
        });
      });
    },
  });
}

export function install(): Promise<void> {
  return installEditions(kafkaJars);
}
