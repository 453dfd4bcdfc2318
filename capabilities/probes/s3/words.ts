import type { LimitationId } from "../../api/vocabulary";
import { exporterName, holds } from "../../domain/exporter/judge";
import { BACKEND_NAMES, quoted } from "../messages";
import { hostHeader } from "../net/http-client";
import { isTemporary } from "./credentials";
import type { S3Words } from "./errors";
import type { S3Plan } from "./plan";

/** The names in messages about a plan. */
export function wordsOf(plan: S3Plan): S3Words {
  const { type, address, credentials } = plan;
  const { source } = credentials;
  const host = hostHeader(address);
  const { prefix, secure } = address;
  const region = ignoring("RegionIgnored", plan);
  const token = ignoring("SessionTokenIgnored", plan);
  return {
    server: `${BACKEND_NAMES[type]} at ${host}`,
    bucket: quoted(address.bucket),
    region: address.region,
    keys: credentials.keys,
    token: credentials.token,
    hasToken: !("roleArn" in source) && source.sessionToken !== undefined,
    isTemporary: !("roleArn" in source) && isTemporary(source),
    isProvider: address.isProvider,
    withoutBucket: quoted(`${secure ? "https" : "http"}://${host}/${prefix === "" ? "bucket" : prefix}`),
    ...(region ? { ignoresRegion: region } : {}),
    ...(token ? { ignoresToken: token } : {}),
  };
}

function ignoring(id: LimitationId, { exporter }: S3Plan): string | undefined {
  return holds(id, exporter) ? exporterName(exporter) : undefined;
}
