import type { SinkType } from "../../capabilities/api/vocabulary";

/** Failures, by type and name, that the second edition of the type's server cannot have, each with the reason. */
export const LEFT_OUT_ON_SECOND_EDITION: Readonly<
  Partial<Record<SinkType, Readonly<Record<string, string>>>>
> = {
  s3: { "bucket-missing": "MinIO answers 403 for a missing bucket to a user without rights on it" },
  nats: { "may-not-publish": "nats-server tells users about their rights since 2.10" },
};
