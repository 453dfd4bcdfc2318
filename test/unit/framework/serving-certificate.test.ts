import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { serveRenewedCertificate } from "../../../capabilities/framework/serving-certificate";
import { createAuthority, type Issued } from "../../../lab/pki";

const authority = createAuthority();
const first = authority.issue({ names: ["localhost", "first.test"] });
const second = authority.issue({ names: ["localhost", "second.test"] });
const warnings: string[] = [];
let folder: string;
let server: Server;
let now = 0;

async function write({ key, cert }: Partial<Issued>): Promise<void> {
  if (key !== undefined) await writeFile(join(folder, "tls.key"), key);
  if (cert !== undefined) await writeFile(join(folder, "tls.crt"), cert);
}

/** Names in the certificate that a new connection is shown. */
async function servedNames(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "localhost", port, ca: authority.cert, agent: false });
  sent.end();
  const [response] = (await once(sent, "response")) as [NodeJS.ReadableStream & { socket: TLSSocket }];
  const names = response.socket.getPeerCertificate().subjectaltname ?? "";
  response.resume();
  await once(response, "end");
  return names;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kollect-serving-"));
  await write(first);
  server = createServer({ key: first.key, cert: first.cert }, (_, response) => response.end());
  server.listen(0, "localhost");
  await once(server, "listening");
  const files = { key: join(folder, "tls.key"), certificate: join(folder, "tls.crt") };
  serveRenewedCertificate({ files, now: () => now, warn: (reason) => warnings.push(reason) });
});

afterAll(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  warnings.length = 0;
  now += 60_000;
  await write(first);
  await servedNames(); // the request at which the files are looked at
  expect(await servedNames()).toContain("first.test");
});

it("serves a renewed certificate without a restart, once it has looked again", async () => {
  await write(second);
  expect(await servedNames()).toContain("first.test");
  now += 60_000;
  await servedNames();
  expect(await servedNames()).toContain("second.test");
  expect(warnings).toEqual([]);
});

it("goes on with the old one when key and certificate are no pair, and takes the pair when it is there", async () => {
  await write({ key: second.key });
  now += 60_000;
  await servedNames();
  expect(await servedNames()).toContain("first.test");
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).not.toContain("PRIVATE KEY");
  await write({ cert: second.cert });
  now += 60_000;
  await servedNames();
  expect(await servedNames()).toContain("second.test");
});
