import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureBuilt } from "../programs/built";

const POM = join(import.meta.dirname, "pom.xml");
const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const WITHIN_MS = 600_000;

const run = promisify(execFile);

/** The folder with the jars of a Kafka broker. Needs Maven, and Maven Central for the first time. */
export async function kafkaJars(): Promise<string> {
  return ensureBuilt({
    name: "kafka",
    identity: [await readFile(POM, "utf8"), COPY],
    duration: "about 20 s",
    build: async (folder) => {
      const args = ["-B", "-q", "-f", POM, COPY, `-DoutputDirectory=${folder}`];
      await run("mvn", args, { timeout: WITHIN_MS }).catch((error: unknown) => {
        throw new Error("Maven could not fetch Kafka. It needs mvn, Java 17 and Maven Central.", {
          cause: error,
        });
      });
    },
  });
}

export { kafkaJars as install };
