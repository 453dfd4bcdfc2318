import { SINK_FAMILIES, type SinkType } from "../api/vocabulary";
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

/** Every backend that can be probed. */
export const PROBES: { readonly [T in SinkType]?: Probe } = {
  git: gitProbe as Probe,
  gitlab: gitlabProbe as Probe,
  kafka: kafkaProbe as Probe,
  mongodb: mongodbProbe as Probe,
  nats: natsProbe as Probe,
  postgres: postgresProbe as Probe,
  s3: s3Probe as Probe,
  gcs: gcsProbe as Probe,
  bigquery: bigqueryProbe as Probe,
};

/** The probe of a sink's type. Throws `FailureError` `InvalidConfiguration` for a type without one. */
export function probeFor(type: string): Probe {
  const probe = Object.hasOwn(PROBES, type) ? PROBES[type as SinkType] : undefined;
  if (probe) return probe;
  const supported = Object.values(SINK_FAMILIES)
    .flatMap(({ types }): readonly SinkType[] => types)
    .filter((known) => known in PROBES);
  throw failed(
    "InvalidConfiguration",
    `spec.type is ${JSON.stringify(clean(type, 64))}, which cannot be probed. Supported: ${supported.join(", ")}.`,
  );
}
