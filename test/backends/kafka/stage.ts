import { afterAll, beforeAll } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { kafkaProbe } from "../../../capabilities/probes/kafka/probe";
import {
  kafkaCase,
  SECRETS,
  startStage,
  WRONG_PASSWORD,
  type KafkaCase,
  type KafkaStage,
} from "../../../lab/backends/kafka";
import type { RunOptions } from "../../../lab/backends/run-case";
import { runsOf } from "../expect-report";

/** A broker with the topic and its users for the tests of a file. */
export function useKafka(): KafkaStage {
  let stage: KafkaStage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage?.server.stop());
  return {
    get server() {
      return stage.server;
    },
    get authority() {
      return stage.authority;
    },
    get clients() {
      return stage.clients;
    },
  };
}

const attempt = runsOf(kafkaProbe, [...SECRETS, WRONG_PASSWORD]);

export function run(options: KafkaCase, more?: RunOptions): Promise<ProbeReport> {
  return attempt(kafkaCase(options), more);
}
