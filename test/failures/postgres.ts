import { dsnUrl } from "../../lab/backends/postgres";
import { faultServer } from "../../lab/faults";
import type { ProbeCase } from "../../lab/backends/run-case";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { against, withSecret, withSpec, type Inputs } from "./input";

export const POSTGRES_INPUTS = {
  ...COMMON_INPUTS,
  "zero-byte": ({ good }) => withSpec(good(), { postgres: { table: "in\u0000ventory" } }),
  "at-in-password": ({ good }) =>
    withSecret(good(), { dsn: "postgres://kollect:S3cr@et-part/x@db.shop:5432/inventory" }),
  "jdbc-url": ({ good }) => withSecret(good(), { dsn: "jdbc:postgresql://db.shop:5432/inventory" }),
  "no-tls": (fixture) =>
    against(
      requiring(fixture),
      faultServer((socket) => socket.write("N")),
    ),
  "method-excluded": (fixture) => withDsn(fixture, { query: "require_auth=none" }),
  "database-missing": (fixture) => withDsn(fixture, { database: "inventroy" }),
  "table-missing": ({ good }) => withSpec(good(), { provisioning: { mode: "existing" } }),
  "may-not-create": (fixture) => withDsn(fixture, { user: "reader" }),
  "no-room": (fixture) => withDsn(fixture, { user: "limited" }),
} as const satisfies Inputs;

function withDsn(fixture: ProbeFixture, parts: Partial<Parameters<typeof dsnUrl>[0]>): ProbeCase {
  const target = fixture.relayed[0]?.server();
  if (!target) throw new Error("the contract has a server behind a relay");
  return withSecret(fixture.good(), { dsn: dsnUrl({ host: "localhost", port: target.port, ...parts }) });
}

/** Aims sinks that ask for TLS. */
function requiring(fixture: ProbeFixture): ProbeFixture {
  const at: ProbeFixture["lab"]["at"] = (target) =>
    withSpec(withSecret(fixture.good(), { dsn: dsnUrl({ ...target, query: "sslmode=require" }) }), {
      tls: undefined,
    });
  return { ...fixture, lab: { ...fixture.lab, at } };
}
