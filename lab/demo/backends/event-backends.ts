import { at, kafkaCase, startStage, trusting, WRITER } from "../../backends/kafka";
import { login, natsCase, startWithStreams, STREAM } from "../../backends/nats";
import type { Backend } from "./backend";

export const kafka: Backend = {
  name: "kafka",
  server: "Apache Kafka",
  needs: ["java", "maven"],
  program: "kafka",
  start: async () => {
    const stage = await startStage();
    const probeCase = kafkaCase({
      brokers: at(stage, "TLS"),
      tls: trusting(stage.authority.cert),
      secret: { ...WRITER, mechanism: "SCRAM-SHA-512" },
    });
    return { probeCase, stop: stage.server.stop };
  },
};

export const nats: Backend = {
  name: "nats",
  server: "nats-server with JetStream",
  needs: ["go"],
  program: "nats-server",
  start: async ({ authority }) => {
    const server = await startWithStreams(authority.issue({ names: ["localhost"] }));
    const probeCase = natsCase({
      url: `tls://localhost:${server.port}`,
      tls: trusting(authority.cert),
      stream: STREAM,
      secret: login("kollect"),
    });
    return { probeCase, stop: server.stop };
  },
};
