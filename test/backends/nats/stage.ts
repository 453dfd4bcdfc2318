import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import { expectClean } from "../../contract/leaks";
import { runCase, type RunOptions } from "../../../lab/backends/run-case";
import { waitUntil } from "../../../lab/control-plane/wait";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startNats, type NatsServer } from "../../../lab/servers/nats";
import {
  natsCase,
  PASSWORD,
  startWithStreams,
  WRONG_PASSWORD,
  type NatsCase,
} from "../../../lab/backends/nats";
import { jwtWorld, nkeyPair, type JwtWorld } from "../../../lab/backends/nats-keys";

export const TOKEN = "a-token-that-is-not-guessed";
export const key = nkeyPair();
export const stranger = nkeyPair();

export let authority: Authority;
export let clients: Authority;
export let jwts: JwtWorld;
export let streams: NatsServer;
/** Those that one part of the tests has started. */
export const servers: NatsServer[] = [];

export async function stopServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
}

export async function start(options: Parameters<typeof startNats>[0]): Promise<NatsServer> {
  const server = await startNats({ jetstream: true, ...options });
  servers.push(server);
  return server;
}

beforeAll(async () => {
  authority = createAuthority();
  clients = createAuthority("Kollect Client CA");
  jwts = jwtWorld();
  streams = await startWithStreams();
});
afterAll(() => streams?.stop());

export async function run(options: NatsCase, more?: RunOptions): Promise<ProbeReport> {
  const probeCase = natsCase(options);
  const report = await runCase(natsProbe, probeCase, more);
  // Nothing comes after a failure, unless there is another server.
  const failedAt = report.phases.findIndex(({ result }) => result === "Failed");
  if (failedAt >= 0 && !report.endpoint?.includes(",")) expect(report.phases.slice(failedAt + 1)).toEqual([]);
  const { username: _, ...secret } = options.secret ?? {};
  expectClean(report, [PASSWORD, WRONG_PASSWORD, TOKEN, ...Object.values(secret)]);
  return report;
}

export async function expectFailure(options: NatsCase, cause: Cause, words: RegExp): Promise<ProbeReport> {
  const report = await run(options);
  expect(report.failure?.message).toMatch(words);
  expect(report.failure?.cause).toBe(cause);
  return report;
}

export function results(report: ProbeReport): Record<string, string> {
  return Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
}

export function urlOf({ host, port }: { host: string; port: number }, scheme = "nats"): string {
  return `${scheme}://${host}:${port}`;
}

export function localhost({ port }: { port: number }, scheme = "nats"): string {
  return `${scheme}://localhost:${port}`;
}

/** Where a server of a cluster listens for the others. */
export function routePort(server: NatsServer): Promise<number> {
  const port = (): number =>
    Number(/Listening for route connections on [^\s]*:(\d+)/.exec(server.log())?.[1]);
  return waitUntil({ what: "the port for routes", timeoutMs: 20_000 }, () =>
    Promise.resolve(port() || undefined),
  );
}

export async function greetingOf({ host, port }: NatsServer): Promise<string> {
  const socket = connect(port, host);
  const [greeting] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return greeting.toString();
}
