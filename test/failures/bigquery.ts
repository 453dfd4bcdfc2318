import { apiError } from "../../lab/servers/google/stand-in";
import { startWeb, type WebAnswer } from "../../lab/servers/web";
import { createAuthority, type Issued } from "../../lab/pki";
import { COMMON_INPUTS } from "./common";
import { against, withSecret, withSpec, type Inputs } from "./input";

export const BIGQUERY_INPUTS = {
  ...COMMON_INPUTS,
  "dataset-qualified": ({ good }) => withSpec(good(), { bigquery: { dataset: "example:inventory" } }),
  "no-secret": ({ good }) => withSpec({ ...good(), secrets: {} }, { bigquery: { secretRef: undefined } }),
  "not-json": ({ good }) => withSecret(good(), { "credentials.json": "/var/run/secrets/key.json" }),
  "tls-at-plain": (fixture) =>
    against(
      fixture,
      startWeb(() => ({ status: 200 })),
    ),
  "table-missing": ({ good }) =>
    withSpec(good(), { bigquery: { table: "itmes" }, provisioning: { mode: "existing" } }),
  ill: (fixture) => against(fixture, answering(apiError(503, "backendError", "UNAVAILABLE"))),
  "proxy-page": (fixture) => against(fixture, answering({ status: 403, body: "<html>Sign in</html>" })),
  "may-not-ask": (fixture) => against(fixture, answering(apiError(403, "accessDenied", "PERMISSION_DENIED"))),
  "slow-down": (fixture) =>
    against(fixture, answering(apiError(403, "rateLimitExceeded", "RESOURCE_EXHAUSTED"))),
} as const satisfies Inputs;

/** The API in place of the one that gave the token. */
function answering(answer: WebAnswer): ReturnType<typeof startWeb> {
  const tls: Issued = createAuthority().issue({ names: ["localhost"] });
  return startWeb(() => answer, tls);
}
