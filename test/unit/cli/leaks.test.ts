import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { Interrupted } from "../../../cli/host";
import { main } from "../../../cli/main";
import { FORMATS } from "../../../cli/output/format";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { runs } from "../../fixtures/property";
import { inNamespace } from "../../failures/input";
import { expectNoTrace } from "../../security/hostile";
import { mangled } from "../../security/mangled-values";

/** How a command ends: by itself, by Ctrl-C after so many milliseconds, or at input that is cut off after so many characters. */
type End = { readonly by: "itself" } | { readonly by: "Ctrl-C" | "cut"; readonly after: number };

const end: fc.Arbitrary<End> = fc.oneof(
  fc.constant<End>({ by: "itself" }),
  fc.integer({ min: 0, max: 30 }).map((after): End => ({ by: "Ctrl-C", after })),
  fc.integer({ min: 1, max: 600 }).map((after): End => ({ by: "cut", after })),
);

/** The hosts of the values, none of which may be looked up by a test. */
const HOSTS = /\b(?:db2?|a|b)\.shop(?:\.example)?(?::\d+)?/g;
/** Addresses that stand for a provider's own host. */
const PROVIDERS = /(?:s3|gs):\//;

/** The sink and its Secrets as files have them, with a port where nothing listens as every server. */
function textOf(probeCase: ProbeCase): string {
  const { sink, secrets } = inNamespace(probeCase);
  const made = Object.entries(secrets).map(([name, stringData]) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "shop" },
    stringData,
  }));
  return [sink, ...made].map((each) => stringify(each).replaceAll(HOSTS, "127.0.0.1:1")).join("---\n");
}

/** Everything that `kubectl kollect check` writes for this text. */
async function printed(text: string, format: string, how: End): Promise<string> {
  let written = "";
  const stream = { write: (some: string): void => void (written += some) };
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Interrupted("SIGINT"));
  const timer = how.by === "Ctrl-C" ? setTimeout(stop, how.after) : undefined;
  const code = await main({
    args: ["check", "-f", "-", "-o", format, "--timeout", "1s", "--retries", "0"],
    calledAs: "kubectl-kollect",
    env: {},
    stdin: Readable.from([how.by === "cut" ? text.slice(0, how.after) : text]),
    stdout: stream,
    stderr: stream,
    interrupt: interrupt.signal,
    runAgainWithout: () => Promise.reject(new Error("not asked for")),
  });
  clearTimeout(timer);
  expect(code).toBeGreaterThanOrEqual(0);
  return written;
}

describe("kubectl kollect check", () => {
  it("prints no value of a Secret in any format, on Ctrl-C or for input that is cut off", async () => {
    const property = fc.asyncProperty(
      mangled,
      fc.constantFrom(...FORMATS),
      end,
      async (sink, format, how) => {
        fc.pre(!PROVIDERS.test(sink.written));
        const shown = await printed(textOf(sink), format, how);
        expectNoTrace(shown);
        // Also where the whole value is encoded once more, so that no piece of it is in the clear.
        const values = Object.values(sink.secrets).flatMap((data) => Object.values(data));
        expect(values.filter((value) => value.length > 5 && shown.includes(value))).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: runs(200) });
  });
});
