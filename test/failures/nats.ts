import { connect } from "node:net";
import { login, WRONG_PASSWORD } from "../../lab/backends/nats";
import { startNats } from "../../lab/servers/nats";
import type { ProbeCase } from "../../lab/backends/run-case";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { until, withSecret, withSpec, type Given, type Inputs } from "./input";

const at = (fixture: ProbeFixture, nats: object): ProbeCase => withSpec(fixture.good(), { nats });
const as = (fixture: ProbeFixture, user: string): ProbeCase => withSecret(fixture.good(), login(user));

export const NATS_INPUTS = {
  ...COMMON_INPUTS,
  "no-address": (fixture) => at(fixture, { url: "nats://nats.shop:42x2" }),
  "web-socket": (fixture) => at(fixture, { url: "wss://nats.shop:443" }),
  "subject-space": (fixture) => at(fixture, { subject: "inventory items" }),
  "stream-sealed": (fixture) => at(asAdmin(fixture), { stream: "SEALED", subject: "sealed.items" }),
  "subject-held": (fixture) => at(asAdmin(fixture), { stream: "OURS", subject: "orders.new" }),
  "line-end": ({ good }) => withSecret(good(), { token: `${WRONG_PASSWORD}\n` }),
  "public-nkey": ({ good }) =>
    withSecret(good(), { nkey: "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4" }),
  "no-tls": plainWithTls,
  "no-jetstream": (fixture) => as(fixture, "plain"),
  "may-not-publish": (fixture) => as(fixture, "reader"),
  "no-room": full,
} as const satisfies Inputs;

function asAdmin(fixture: ProbeFixture): ProbeFixture {
  return { ...fixture, good: () => as(fixture, "admin") };
}

/** `tls://` at a server whose TLS was not turned on. */
function plainWithTls({ relayed, lab }: ProbeFixture): ProbeCase {
  const target = relayed.at(-1)?.server();
  if (!target) throw new Error("the contract has a server without TLS");
  return withSpec(lab.at(target, {}), { nats: { url: `tls://${target.host}:${target.port}` } });
}

/** A server with one place, which is taken. */
async function full({ lab }: ProbeFixture): Promise<Given> {
  const server = await startNats({ config: { max_connections: 1 } });
  const taken = connect(server.port, server.host);
  let said = "";
  taken.on("data", (chunk: Buffer) => (said += chunk.toString()));
  taken.write("CONNECT {}\r\nPING\r\n");
  // The server greets before it counts, but answers only those that it has counted.
  await until(() => said.includes("PONG"));
  const stop = async (): Promise<void> => {
    taken.destroy();
    await server.stop();
  };
  return { probeCase: lab.at(server, {}), stop };
}
