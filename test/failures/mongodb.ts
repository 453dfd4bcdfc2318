import { PASSWORD, USER } from "../../lab/backends/mongodb";
import { otherProtocol } from "../../lab/faults";
import { startRoleServer } from "../../lab/servers/mongodb/role-server";
import { startStandIn } from "../../lab/servers/mongodb/stand-in";
import type { ProbeCase } from "../../lab/backends/run-case";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { filledSecret } from "../../lab/backends/run-case";
import { against, withSecret, withSpec, type Given, type Inputs } from "./input";

const RATE_LIMIT = 16500;

export const MONGODB_INPUTS = {
  ...COMMON_INPUTS,
  "not-a-member": ({ good }) => withQuery(good(), "replicaSet=rs0"),
  "collection-dollar": ({ good }) => withSpec(good(), { mongodb: { collection: "$items" } }),
  "no-slash": ({ good }) => withSecret(good(), { uri: "mongodb://mongodb.shop:27017?replicaSet=rs0" }),
  "html-escaped": ({ good }) => withSecret(good(), { uri: "mongodb://mongodb.shop/?tls=true&amp;w=1" }),
  "tls-at-plain": (fixture) => against(withTls(fixture), otherProtocol()),
  "mechanism-unknown": ({ good }) => withQuery(good(), "authMechanism=MONGODB-AWS"),
  "collection-missing": ({ good }) => withSpec(good(), { provisioning: { mode: "existing" } }),
  "may-not-write": mayNotWrite,
  "turned-away": (fixture) =>
    against(
      fixture,
      startStandIn(() => ({ ok: 0, code: RATE_LIMIT, errmsg: "Request rate is large" })),
    ),
} as const satisfies Inputs;

function withQuery(probeCase: ProbeCase, query: string): ProbeCase {
  const [, { uri = "" }] = filledSecret(probeCase);
  return withSecret(probeCase, { uri: `${uri}&${query}` });
}

/** Aims sinks that ask for TLS. */
function withTls(fixture: ProbeFixture): ProbeFixture {
  const at: ProbeFixture["lab"]["at"] = ({ host, port }) =>
    withSecret(fixture.good(), { uri: `mongodb://${host}:${port}/?tls=true` });
  return { ...fixture, lab: { ...fixture.lab, at } };
}

/** A user with the built-in role `read`. */
async function mayNotWrite({ good }: ProbeFixture): Promise<Given> {
  const server = await startRoleServer();
  server.users.set(USER, [{ role: "read", db: "inventory" }]);
  server.collections.set("inventory.items", {});
  const login = `${USER}:${encodeURIComponent(PASSWORD)}`;
  const uri = `mongodb://${login}@${server.host}:${server.port}/?authMechanism=PLAIN`;
  return { probeCase: withSpec(withSecret(good(), { uri }), { tls: undefined }), stop: () => server.close() };
}
