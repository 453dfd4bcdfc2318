import { afterAll, beforeAll } from "vitest";
import { kafkaProbe } from "../../capabilities/probes/kafka/probe";
import type { Probe } from "../../capabilities/probes/probe";
import { describeProbe } from "../contract/probe-contract";
import { silentAfterTls } from "../../lab/faults";
import {
  at,
  kafkaCase,
  SECRETS,
  startStage,
  trusting,
  WRITER,
  WRONG_PASSWORD,
  type KafkaStage,
} from "../../lab/backends/kafka";

let stage: KafkaStage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.server.stop());

function trusted(): { caBundle: string } {
  return trusting(stage.authority.cert);
}

describeProbe("kafka", {
  probe: kafkaProbe as Probe,
  secrets: [...SECRETS, WRONG_PASSWORD],
  good: () =>
    kafkaCase({
      brokers: at(stage, "TLS"),
      tls: trusted(),
      secret: { ...WRITER, mechanism: "SCRAM-SHA-512" },
    }),
  relayed: [
    {
      name: "TLS",
      server: () => ({ host: "127.0.0.1", port: stage.server.port("TLS") }),
      at: (target) =>
        kafkaCase({
          brokers: [target],
          tls: trusted(),
          secret: { ...WRITER, mechanism: "SCRAM-SHA-512" },
        }),
    },
    {
      name: "plain text",
      server: () => ({ host: "127.0.0.1", port: stage.server.port("SASL") }),
      at: (target) => kafkaCase({ brokers: [target], secret: WRITER }),
    },
  ],
  at: (target) => kafkaCase({ brokers: [target], secret: WRITER }),
  badCredentials: () => ({
    probeCase: kafkaCase({
      brokers: at(stage, "SASL"),
      secret: { username: WRITER.username, password: WRONG_PASSWORD },
    }),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => kafkaCase({ brokers: at(stage, "TLS"), tls: {}, secret: WRITER }),
    nameMismatch: () => kafkaCase({ brokers: at(stage, "TLS", "127.0.0.1"), tls: trusted(), secret: WRITER }),
    expired: () => kafkaCase({ brokers: at(stage, "EXPIRED"), tls: trusted(), secret: WRITER }),
  },
  // A frame of 64 KiB that never becomes complete.
  dripBytes: Buffer.concat([Buffer.from([0, 1, 0, 0]), Buffer.alloc(60_000)]),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(stage.authority.issue({ names: ["localhost"] }));
    const brokers = [{ host: "localhost", port: fault.port }];
    return { fault, probeCase: kafkaCase({ brokers, tls: trusted(), secret: WRITER }) };
  },
});
