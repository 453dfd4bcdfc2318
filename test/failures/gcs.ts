import { BUCKET } from "../../lab/backends/s3";
import { apiError } from "../../lab/servers/google/stand-in";
import { startWeb } from "../../lab/servers/web";
import type { ProbeFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { against, withSecret, withSpec, type Inputs } from "./input";

export const GCS_INPUTS = {
  ...COMMON_INPUTS,
  "no-bucket": ({ good }) => withSpec(good(), { endpoint: "https://storage.googleapis.com" }),
  "no-secret": ({ good }) => withSpec({ ...good(), secrets: {} }, { secretRef: undefined }),
  "not-json": ({ good }) => withSecret(good(), { "credentials.json": "/var/run/secrets/key.json" }),
  "tls-at-plain": (fixture) =>
    against(
      secured(fixture),
      startWeb(() => ({ status: 200 })),
    ),
  "bucket-missing": ({ good }) => {
    const { endpoint = "" } = good().sink.spec;
    return withSpec(good(), { endpoint: endpoint.replace(BUCKET, "inventroy") });
  },
  "api-off": (fixture) =>
    against(
      fixture,
      startWeb(() => apiError(403, "accessNotConfigured", "PERMISSION_DENIED")),
    ),
  "slow-down": (fixture) =>
    against(
      fixture,
      startWeb(() => ({ status: 429 })),
    ),
} as const satisfies Inputs;

/** Aims sinks that ask for TLS. */
function secured(fixture: ProbeFixture): ProbeFixture {
  const at: ProbeFixture["lab"]["at"] = ({ host, port }) =>
    withSpec(fixture.good(), { endpoint: `https://${host}:${port}/${BUCKET}` });
  return { ...fixture, lab: { ...fixture.lab, at } };
}
