import { isSinkType, SINK_TYPES, type SinkType } from "../api/vocabulary";
import { failed } from "../domain/failure";
import { bigqueryProbe } from "./bigquery/probe";
import { gitlabProbe, gitProbe } from "./git/probe";
import { gcsProbe } from "./gcs/probe";
import { clean } from "./messages";
import { kafkaProbe } from "./kafka/probe";
import { mongodbProbe } from "./mongodb/probe";
import { natsProbe } from "./nats/probe";
import { postgresProbe } from "./postgres/probe";
import type { Probe } from "./probe";
import { s3Probe } from "./s3/probe";

/** The probe of every type of sink. A type without one does not compile. */
export const PROBES: Readonly<Record<SinkType, Probe>> = {
  git: gitProbe,
  gitlab: gitlabProbe,
  s3: s3Probe,
  gcs: gcsProbe,
  postgres: postgresProbe,
  bigquery: bigqueryProbe,
  mongodb: mongodbProbe,
  nats: natsProbe,
  kafka: kafkaProbe,
};

/** The probe of a sink's type. Throws `FailureError` `InvalidConfiguration` for a type without one. */
export function probeFor(type: string): Probe {
  if (isSinkType(type)) return PROBES[type];
  throw failed(
    "InvalidConfiguration",
    `spec.type is ${JSON.stringify(clean(type, 64))}, which cannot be probed. Supported: ${SINK_TYPES.join(", ")}.`,
  );
}
