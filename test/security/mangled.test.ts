import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailureError, type Failure } from "../../capabilities/domain/failure";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase } from "../../lab/backends/run-case";
import { runs } from "../fixtures/property";
import { expectNoTrace, expectShowable } from "./hostile";
import { mangled } from "./mangled-values";
import { plainSink, secretsOf } from "./sinks";

/** Everything that is shown of an attempt, and every name that it looks up. */
async function traced(probeCase: Parameters<typeof runCase>[1], probe: Probe): Promise<string[]> {
  const seen: string[] = [];
  const resolveHost = (host: string): Promise<never> => {
    seen.push(host);
    return Promise.reject(Object.assign(new Error("not found"), { code: "ENOTFOUND" }));
  };
  try {
    const report = await runCase(probe, probeCase, { timeoutMs: 200, resolveHost });
    if (report.failure) checked(report.failure);
    return [...seen, JSON.stringify(report)];
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return [...seen, checked(error.failure)];
  }
}

function checked(failure: Failure): string {
  expectShowable(failure);
  expect(failure.cause).not.toBe("Internal");
  return failure.message;
}

const CUT: ReadonlyArray<readonly [type: "postgres" | "mongodb", key: string, value: string]> = [
  ["postgres", "dsn", "postgres://kollect:S3cr@et-part/x@db:1/inventory"],
  ["postgres", "dsn", "postgres://kollect:S3cr@et-part/x%40db:1/inventory"],
  ["postgres", "dsn", "postgres://kollect:S3cr@et-part?x@db:1/inventory"],
  ["postgres", "dsn", "postgres://kollect:S3cr@et-part?options=x@db:1/inventory"],
  ["postgres", "dsn", "postgres://kollect:?user=et-part@db:1/inventory"],
  ["postgres", "dsn", "postgres://kollect%3Aet-part@db:1/inventory"],
  ["postgres", "dsn", "host=db user=kollect dbname=x password=S3cr host=et-part"],
  ["mongodb", "uri", "mongodb://kollect:S3cr@et-part/x@db:1/inventory"],
  ["mongodb", "uri", "mongodb://kollect:S3cr@et-part/x@db"],
  ["mongodb", "uri", "mongodb://kollect:S3cr@et-part?w=x@db:1/inventory"],
  ["mongodb", "uri", "mongodb://kollect:S3cr@et-part?w=x%40db:1/inventory"],
  ["mongodb", "uri", "mongodb://kollect%3Aet-part@db:1/?authMechanism=MONGODB-X509&tls=true"],
];

it.each(CUT)("a %s value that was cut within its password is refused: %s %s", async (type, key, value) => {
  const sink = plainSink(type, "", { name: "keys" });
  const probeCase = { sink, secrets: secretsOf(type, sink, { [key]: value }) };
  const texts = await traced(probeCase, PROBES[type] as Probe);
  expect(texts).toEqual([expect.stringMatching(`^The key ${key} of Secret keys `)]);
  expect(texts[0]).not.toMatch(/et-part|S3cr/);
});

describe("a password whose escaping is wrong somewhere", () => {
  it("is in no name that is looked up or dialled, and in nothing that is shown", async () => {
    const property = fc.asyncProperty(mangled, async ({ type, written, ...probeCase }) => {
      const texts = await traced(probeCase, PROBES[type] as Probe);
      for (const text of texts) expect(() => expectNoTrace(text), written).not.toThrow();
    });
    await fc.assert(property, { numRuns: runs(1000) });
  });
});
