import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { runCase } from "../../../lab/backends/run-case";
import type { NatsServer } from "../../../lab/servers/nats";
import { login, natsCase, PASSWORD, startWithStreams, STREAM, SUBJECT } from "../../../lab/backends/nats";

const page = readFileSync(join("docs", "sinks", "nats.md"), "utf8");
const [, block = ""] = /```\npermissions: \{\n([\s\S]*?)\n\}\n```/.exec(page) ?? [];
const publish = listed("publish");
const subscribe = listed("subscribe");

/** A list of the block that the page shows, which is in NATS' own form of JSON. */
function listed(name: string): string[] {
  const [, list = "[]"] = new RegExp(`${name}: (\\[.*\\])`).exec(block) ?? [];
  return JSON.parse(list) as string[];
}

const without = (right: string): string => `without-${publish.indexOf(right)}`;

let server: NatsServer;
beforeAll(async () => {
  const user = (name: string, rights: readonly string[]): object => ({
    user: name,
    password: PASSWORD,
    permissions: { publish: rights, subscribe },
  });
  server = await startWithStreams(undefined, [
    user("documented", publish),
    ...publish.map((right) =>
      user(
        without(right),
        publish.filter((other) => other !== right),
      ),
    ),
  ]);
});
afterAll(() => server?.stop());

async function reportFor(name: string): Promise<ProbeReport> {
  const url = `nats://${server.host}:${server.port}`;
  return runCase(natsProbe, natsCase({ url, stream: STREAM, secret: login(name) }));
}

describe("the least rights that the docs show", () => {
  it("are enough, and enough to see that they are", async () => {
    const report = await reportFor("documented");
    expect(report.failure).toBeUndefined();
    const seen = report.phases.filter(({ name }) => name === "Verify" || name === "Authorize");
    expect(seen.map(({ result }) => result)).toEqual(["Passed", "Passed"]);
  });

  it("are not enough without the sink's subject", async () => {
    expect(publish).toContain(SUBJECT);
    expect((await reportFor(without(SUBJECT))).failure?.cause).toBe("PermissionDenied");
  });

  it.each(publish.filter((right) => right !== SUBJECT))("do not fail without %s", async (right) => {
    expect((await reportFor(without(right))).failure).toBeUndefined();
  });
});
