import { BUCKET, STRANGER, USER } from "../../lab/backends/s3";
import { startWeb, type WebAnswer } from "../../lab/servers/web";
import type { ProbeCase } from "../../lab/backends/run-case";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { against, withSecret, withSpec, type Inputs } from "./input";

export const S3_INPUTS = {
  ...COMMON_INPUTS,
  "no-bucket": ({ good }) => withSpec(good(), { endpoint: "https://minio.shop:9000" }),
  "bucket-and-scheme": ({ good }) => withSpec(good(), { endpoint: "ftp://minio.shop/inventory" }),
  "no-secret": ({ good }) => withSpec({ ...good(), secrets: {} }, { secretRef: undefined }),
  "two-lines": ({ good }) => withSecret(good(), { ...USER, accessKeyID: "AKIA\nEXAMPLE" }),
  "tls-at-plain": (fixture) =>
    against(
      secured(fixture),
      startWeb(() => ({ status: 200 })),
    ),
  "bucket-missing": ({ good }) => renamed(good(), "inventroy"),
  "may-not-put": ({ good }) => withSecret(good(), STRANGER),
  "slow-down": (fixture) =>
    against(
      fixture,
      startWeb(() => error(503, "SlowDown")),
    ),
} as const satisfies Inputs;

/** An answer in the form of S3's API. */
function error(status: number, code: string): WebAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`;
  return { status, headers: { "content-type": "application/xml" }, body };
}

function renamed(probeCase: ProbeCase, bucket: string): ProbeCase {
  const { endpoint = "" } = probeCase.sink.spec;
  return withSpec(probeCase, { endpoint: endpoint.replace(BUCKET, bucket) });
}

/** Aims sinks that ask for TLS. */
function secured(fixture: ProbeFixture): ProbeFixture {
  const at: ProbeFixture["lab"]["at"] = ({ host, port }) =>
    withSpec(fixture.good(), { endpoint: `https://${host}:${port}/${BUCKET}` });
  return { ...fixture, lab: { ...fixture.lab, at } };
}
