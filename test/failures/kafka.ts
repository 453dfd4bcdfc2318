import type { Socket } from "node:net";
import type { ProbeCase } from "../../lab/backends/run-case";
import { CREATOR, READER, WRITER } from "../../lab/backends/kafka";
import { faultServer } from "../../lab/faults";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { against, aimed, withSecret, withSpec, type Inputs } from "./input";

const THROTTLING_QUOTA_EXCEEDED = 89;

export const KAFKA_INPUTS = {
  ...COMMON_INPUTS,
  "broker-url": ({ good }) => withSpec(good(), { kafka: { brokers: ["kafka://kafka.shop:9092"] } }),
  "topic-space": ({ good }) => withSpec(good(), { kafka: { topic: "shop inventory" } }),
  "mechanism-unknown": ({ good }) => withSecret(good(), { ...WRITER, mechanism: "GSSAPI" }),
  "tls-at-plain": (fixture) => withSpec(fixture.good(), { kafka: { brokers: [plainAddress(fixture)] } }),
  "key-missing": ({ good }) => withSecret(good(), { username: WRITER.username }),
  "no-sasl": ({ others }) => others?.["a listener without SASL"]?.() ?? missing(),
  "topic-missing": (fixture) =>
    withSpec(withSecret(plain(fixture), { ...CREATOR }), {
      kafka: { topic: "new-inventory" },
      provisioning: { mode: "existing" },
    }),
  "may-not-write": (fixture) => withSecret(plain(fixture), { ...READER }),
  "may-not-see": (fixture) => withSpec(plain(fixture), { kafka: { topic: "inventroy" } }),
  "held-back": (fixture) =>
    against(
      fixture,
      faultServer((socket) => throttle(socket)),
    ),
} as const satisfies Inputs;

function plainAddress({ relayed }: ProbeFixture): string {
  const target = relayed.at(-1)?.server();
  if (!target) throw new Error("the contract has a listener without TLS");
  return `localhost:${target.port}`;
}

function plain(fixture: ProbeFixture): ProbeCase {
  const target = fixture.relayed.at(-1)?.server();
  if (!target) throw new Error("the contract has a listener without TLS");
  return aimed(fixture, target);
}

function missing(): never {
  throw new Error("the contract has a listener without SASL");
}

/** Answers every request with the error for a quota, as a broker whose quota is used up. */
function throttle(socket: Socket): void {
  socket.on("data", (chunk: Buffer) => {
    // Length, the request's number, the error, and an empty list of versions.
    const answer = Buffer.alloc(14);
    answer.writeInt32BE(10, 0);
    chunk.copy(answer, 4, 8, 12);
    answer.writeInt16BE(THROTTLING_QUOTA_EXCEEDED, 8);
    socket.write(answer);
  });
}
