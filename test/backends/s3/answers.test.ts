import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { BUCKET } from "../../../lab/backends/s3";
import { faultServer } from "../../../lab/faults";
import type { WebAnswer } from "../../../lab/servers/web";
import { expectFailure, expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { at, error, run, web } from "./web";

/** Answers that the real server here does not give: AWS's redirects, and what no S3 service should send. */
describe("s3 redirects", () => {
  it("follows none, whatever it says, and names the right region", async () => {
    const other = await web(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }));
    const server = await web(() => ({
      status: 301,
      headers: {
        "x-amz-bucket-region": "ap-south-1",
        location: `http://${other.host}:${other.port}/${BUCKET}`,
      },
    }));
    await expectFailure(
      run(at(server)),
      "InvalidConfiguration",
      /region ap-south-1, not us-east-1\. Kollect 0\.18 signs for us-east-1 .*: use a bucket in us-east-1/,
    );
    expect(other.requests).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it("follows none to an address that policy would refuse", async () => {
    const server = await web(() => ({
      status: 302,
      headers: { location: "http://169.254.169.254/latest/" },
    }));
    const report = await expectFailure(
      run(at(server)),
      "InvalidConfiguration",
      /another address \(HTTP 302\), which probes do not follow/,
    );
    expect(report.failure?.message).not.toContain("169.254");
  });
});

describe("s3 answers", () => {
  it("are told from those of any web server", async () => {
    const server = await web(() => ({ status: 200, body: "<html>hello</html>" }));
    await expectFailure(run(at(server)), "ProtocolError");
  });

  it("pass when only the prefix may be listed", async () => {
    const answers: Readonly<Record<string, WebAnswer>> = {
      HEAD: { status: 403, headers: { "x-amz-request-id": "1" } },
      GET: { status: 200, body: "<ListBucketResult></ListBucketResult>" },
      PUT: error(400, "BadDigest"),
    };
    const server = await web(({ method }) => answers[method] ?? { status: 405 });
    const report = await expectPassed(run(at(server)));
    expect(results(report).Verify).toBe("Passed");
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
      ["HEAD", `/${BUCKET}`],
      ["GET", `/${BUCKET}?list-type=2&max-keys=1&prefix=snapshots%2F`],
      ["PUT", `/${BUCKET}/snapshots/inventory/shop/.kollect-connection-test.json?x-id=PutObject`],
    ]);
  });

  it.each<[answer: WebAnswer, cause: Cause]>([
    [error(503, "SlowDown"), "TooManyConnections"],
    [error(500, "InternalError"), "Unreachable"],
    [{ status: 502, body: "Bad Gateway" }, "Unreachable"],
  ])("of a service in trouble are transient: %j", async (answer, cause) => {
    const server = await web(() => answer);
    await expectFailure(run(at(server)), cause);
  });

  it("are cut when they have no end", async () => {
    const endless = await duringTest(
      faultServer((socket) => {
        socket.write("HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n");
        const timer = setInterval(() => socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`), 1);
        socket.on("close", () => clearInterval(timer));
        socket.resume();
      }),
    );
    await expectFailure(run(at(endless), { timeoutMs: 3000 }), "ProtocolError");
  });

  it("are asked again when a kept connection turns out to be closed", async () => {
    let connections = 0;
    const stale = await duringTest(
      faultServer((socket) => {
        const isFirst = (connections += 1) === 1;
        let asked = 0;
        socket.on("data", () => {
          asked += 1;
          if (isFirst && asked > 1) socket.resetAndDestroy();
          else if (isFirst) socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
          else socket.write("HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\ncontent-length: 0\r\n\r\n");
        });
      }),
    );
    await expectPassed(run(at(stale)));
    expect(connections).toBe(2);
  });
});
