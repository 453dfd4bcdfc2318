import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase } from "../../lab/backends/run-case";
import { faultServer } from "../../lab/faults";
import { TEST_BACKENDS } from "../fixtures/backends";
import { CANARY } from "../fixtures/hostile-words";
import { memoryLog } from "../unit/kube/http/peer";
import { plainSink, secretsOf } from "./sinks";

/** GitLab is asked as Git is, and Cloud Storage as S3. */
const OVER_HTTP: readonly SinkType[] = ["git", "s3", "bigquery"];
const MAX_CPU_MS = 2000;

function answer(body: string | Buffer, header = "", status = "403 Forbidden"): Buffer {
  const bytes = Buffer.from(body as string);
  const head = `HTTP/1.1 ${status}\r\n${header}content-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

const JSON_TYPE = "content-type: application/json\r\n";
const XML_TYPE = "content-type: application/xml\r\n";
const GIT_TYPE = "content-type: application/x-git-upload-pack-advertisement\r\n";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/** Ten entities, each ten times the one before. */
function entities(): string {
  const names = [..."abcdefghij"];
  const defined = names.map((name, at) => {
    const value = at === 0 ? "a".repeat(10) : `&${names[at - 1]};`.repeat(10);
    return `<!ENTITY ${name} "${value}">`;
  });
  return `<?xml version="1.0"?><!DOCTYPE x [${defined.join("")}]><Error><Code>&j;</Code></Error>`;
}

/** Small answers that grow, nest or repeat in the hands of a reader. */
const BOMBS: ReadonlyArray<readonly [what: string, bytes: () => Buffer]> = [
  ["nested arrays of JSON", () => answer("[".repeat(900_000) + "]".repeat(900_000), JSON_TYPE)],
  [
    "nested objects of JSON",
    () => answer(`${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}`, JSON_TYPE, "200 OK"),
  ],
  ["nested elements of XML", () => answer(`<?xml version="1.0"?>${"<a>".repeat(300_000)}`, XML_TYPE)],
  ["entities of XML", () => answer(entities(), XML_TYPE)],
  [
    "64 MiB behind gzip",
    () => answer(gzipSync(Buffer.alloc(64 * 1024 * 1024)), `content-encoding: gzip\r\n${GIT_TYPE}`, "200 OK"),
  ],
  [
    "20,000 headers",
    () => Buffer.from(`HTTP/1.1 200 OK\r\n${"x: aaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000)}\r\n`),
  ],
  [
    "two million pkt-lines",
    () => answer(`001e# service=git-upload-pack\n0000${"0004".repeat(2_000_000)}`, GIT_TYPE, "200 OK"),
  ],
  ["chunks of one byte", () => Buffer.from(CHUNKED + "1\r\na\r\n".repeat(200_000))],
  [
    "a switch to another protocol",
    () => Buffer.from("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"),
  ],
  ["a chunk's extension of 2 MB", () => Buffer.from(`${CHUNKED}1;${"a".repeat(2_000_000)}\r\na\r\n`)],
];

describe.each(BOMBS)("an answer with %s", (_what, make) => {
  let bytes: Buffer;
  beforeAll(() => void (bytes = make()));
  it.each(OVER_HTTP)("costs a %s probe little, and is no fault of the operator", async (type) => {
    const fault = await faultServer((socket) => void socket.on("data", () => socket.write(bytes)));
    try {
      const { server } = TEST_BACKENDS[type];
      const at = `${fault.host}:${fault.port}`;
      const sink = plainSink(type, server.address(at), { name: "keys" });
      const secrets = secretsOf(type, sink, server.credentials(at, CANARY));
      const cloud = server.cloud?.(at);
      const plan = { ambientCredentials: false, ...(cloud ? { cloud } : {}) };
      const log = memoryLog();
      const before = process.cpuUsage();
      const report = await runCase(PROBES[type], { sink, secrets }, { timeoutMs: 10_000, plan, logger: log });
      const { user, system } = process.cpuUsage(before);
      expect(["ProtocolError", "PermissionDenied", "Unreachable"]).toContain(report.failure?.cause);
      expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS);
      expect(log.lines).toEqual([]);
    } finally {
      await fault.close();
    }
  });
});
