import { afterAll, beforeAll } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { natsProbe } from "../../../capabilities/probes/nats/probe";
import {
  natsCase,
  PASSWORD,
  startWithStreams,
  WRONG_PASSWORD,
  type NatsCase,
} from "../../../lab/backends/nats";
import type { RunOptions } from "../../../lab/backends/run-case";
import { startNats, type NatsServer } from "../../../lab/servers/nats";
import { runsOf } from "../expect-report";

export const TOKEN = "a-token-that-nobody-guesses";

export interface Stage {
  /** The server with accounts, users and streams. */
  readonly streams: NatsServer;
}

/** That server for the tests of a file. */
export function useStreams(): Stage {
  let streams: NatsServer;
  beforeAll(async () => {
    streams = await startWithStreams();
  });
  afterAll(() => streams?.stop());
  return {
    get streams() {
      return streams;
    },
  };
}

/** Starts servers that stop behind the tests of the calling block. */
export function useServers(): typeof startNats {
  const servers: NatsServer[] = [];
  afterAll(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  return async (options) => {
    const server = await startNats(options);
    servers.push(server);
    return server;
  };
}

export function run(options: NatsCase, more?: RunOptions): Promise<ProbeReport> {
  const { username: _, ...secret } = options.secret ?? {};
  const secrets = [PASSWORD, WRONG_PASSWORD, TOKEN, ...Object.values(secret)];
  return runsOf(natsProbe, secrets)(natsCase(options), more);
}

export function urlOf({ host, port }: { host: string; port: number }, scheme = "nats"): string {
  return `${scheme}://${host}:${port}`;
}
