import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { documentedRights } from "../../../lab/backends/nats-rights";
import { runCase } from "../../../lab/backends/run-case";
import type { NatsServer } from "../../../lab/servers/nats";
import { login, natsCase, PASSWORD, startWithStreams, STREAM, SUBJECT } from "../../../lab/backends/nats";

const { least, proving } = documentedRights();
const without = (block: string, right: string): string => `${block}-without-${right.replace(/\W/g, "_")}`;

let server: NatsServer;
beforeAll(async () => {
  const user = (name: string, permissions: object): object => ({
    user: name,
    password: PASSWORD,
    permissions,
  });
  const users = Object.entries({ least, proving }).flatMap(([block, rights]) => [
    user(block, rights),
    ...rights.publish.map((right) =>
      user(without(block, right), { ...rights, publish: rights.publish.filter((other) => other !== right) }),
    ),
    user(`${block}-no-inbox`, { ...rights, subscribe: ["x"] }),
  ]);
  server = await startWithStreams(undefined, users);
});
afterAll(() => server?.stop());

async function reportFor(name: string): Promise<ProbeReport> {
  const url = `nats://${server.host}:${server.port}`;
  return runCase(natsProbe, natsCase({ url, stream: STREAM, secret: login(name) }));
}

const needs = ({ unproven = [] }: ProbeReport): string[] => unproven.map(({ need }) => need);
const whys = ({ unproven = [] }: ProbeReport): string => unproven.map(({ why }) => why).join(" ");

describe("the rights that the docs show", () => {
  it("are those of the sink's subject and stream", () => {
    expect(least.publish).toEqual([
      SUBJECT,
      `$JS.API.STREAM.UPDATE.${STREAM}`,
      `$JS.API.STREAM.CREATE.${STREAM}`,
    ]);
    expect(proving.publish.slice(0, least.publish.length)).toEqual(least.publish);
  });

  it.each(["least", "proving"])("are enough: %s", async (block) => {
    const report = await reportFor(block);
    expect(report.failure).toBeUndefined();
    const seen = report.phases.filter(({ name }) => name === "Verify" || name === "Authorize");
    expect(seen.map(({ result }) => result)).toEqual(["Passed", "Passed"]);
  });

  it("leave nothing unproven with the rights to ask", async () => {
    expect(needs(await reportFor("proving"))).toEqual([]);
  });

  it.each(["least", "proving"])("are not enough without the inbox: %s", async (block) => {
    const { failure } = await reportFor(`${block}-no-inbox`);
    expect(failure?.cause).toBe("PermissionDenied");
    expect(failure?.message).toContain('Add "_INBOX.>"');
  });

  it.each(proving.publish.filter((right) => !/CREATE|NAMES/.test(right)))(
    "are named when they are missing: %s",
    async (right) => {
      const report = await reportFor(without("proving", right));
      const isNeeded = least.publish.includes(right);
      expect(report.failure?.cause).toBe(isNeeded ? "PermissionDenied" : undefined);
      expect(isNeeded ? report.failure?.message : whys(report)).toContain(right);
    },
  );

  it.each(proving.publish.filter((right) => /CREATE|NAMES/.test(right)))(
    "are not all needed for a stream that exists and holds the subject: %s",
    async (right) => {
      const report = await reportFor(without("proving", right));
      expect(report.failure).toBeUndefined();
      expect(needs(report)).toEqual([]);
    },
  );

  it("leave the right to create unproven where the stream may be missing", async () => {
    const right = `$JS.API.STREAM.CREATE.${STREAM}`;
    const report = await reportFor(without("least", right));
    expect(report.failure).toBeUndefined();
    expect(needs(report)).toContain("nats:PublishStreamCreate");
    expect(whys(report)).toContain(right);
  });
});
