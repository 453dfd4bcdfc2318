import { afterAll, beforeAll } from "vitest";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import {
  mongodbCase,
  mongodbUri,
  PASSWORD,
  trusting,
  USER,
  type CaseOverrides,
} from "../../../lab/backends/mongodb";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startFerretdb, type FerretdbServer } from "../../../lab/servers/mongodb/ferretdb";
import { runsOf } from "../expect-report";

export const APP = "authSource=app";
export const ASCII = { user: "plain-user", password: "plain-password" };

export const run = runsOf(mongodbProbe, [PASSWORD, ASCII.password]);

export interface Stage {
  readonly authority: Authority;
  readonly server: FerretdbServer;
  /** Asks for client certificates. */
  readonly mutual: FerretdbServer;
  /** A sink at `server` without TLS. */
  plain(query?: string, overrides?: CaseOverrides): ProbeCase;
  /** A sink at this port with TLS, by a name that the servers' certificate has. */
  secured(port: number, overrides?: CaseOverrides, query?: string): ProbeCase;
}

/** Servers with users and a collection for the tests of a file. */
export function useFerretdb(): Stage {
  const authority = createAuthority();
  let server: FerretdbServer;
  let mutual: FerretdbServer;
  beforeAll(async () => {
    const tls = authority.issue({ names: ["localhost"] });
    [server, mutual] = await Promise.all([
      startFerretdb({ tls }),
      startFerretdb({ tls, clientCa: authority.cert }),
    ]);
    for (const one of [server, mutual]) {
      await one.command("app", { createUser: USER, pwd: PASSWORD, roles: [] });
    }
    await server.command("app", { createUser: ASCII.user, pwd: ASCII.password, roles: [] });
    await server.command("inventory", { create: "items" });
  });
  afterAll(() => Promise.all([server?.stop(), mutual?.stop()]));
  return {
    authority,
    get server() {
      return server;
    },
    get mutual() {
      return mutual;
    },
    plain: (query = APP, overrides = {}) => mongodbCase(mongodbUri({ hosts: [server], query }), overrides),
    secured: (port, overrides = {}, query = APP) =>
      mongodbCase(mongodbUri({ hosts: [{ host: "localhost", port }], query }), {
        tls: trusting(authority.cert),
        ...overrides,
      }),
  };
}
