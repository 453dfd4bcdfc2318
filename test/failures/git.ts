import { READER_TOKEN } from "../../lab/backends/git";
import { startWeb, type WebAnswer } from "../../lab/servers/web";
import type { ProbeCase } from "../../lab/backends/run-case";
import { filledSecret } from "../../lab/backends/run-case";
import type { ProbeFixture, SshFixture } from "../contract/fixture";
import { COMMON_INPUTS } from "./common";
import { against, withSecret, withSpec, type Given, type Inputs } from "./input";

/** Inputs over HTTP for types git and gitlab. */
export const GIT_HTTP_INPUTS = {
  ...COMMON_INPUTS,
  "scp-form": ({ good }) => withSpec(good(), { endpoint: "git@git.shop:team/inventory.git" }),
  "no-secret": ({ good }) => withSpec({ ...good(), secrets: {} }, { secretRef: undefined }),
  "line-end": ({ good }) => {
    const [, values] = filledSecret(good());
    return withSecret(good(), { ...values, token: `${values.token}\n` });
  },
  "tls-at-plain": (fixture) =>
    against(
      secured(fixture),
      startWeb(() => ({ status: 200 })),
    ),
  "scheme-not-taken": (fixture) =>
    answering(fixture, { status: 401, headers: { "www-authenticate": 'Digest realm="git", nonce="0"' } }),
  "repository-missing": ({ good }) => {
    const { endpoint = "" } = good().sink.spec;
    return withSpec(good(), { endpoint: endpoint.replace("inventory", "inventroy") });
  },
  "may-not-push": ({ good }) => {
    const [, values] = filledSecret(good());
    const login = { ...values, token: READER_TOKEN };
    return withSecret(good(), "username" in values ? { ...login, username: "reader" } : login);
  },
  "slow-down": (fixture) => answering(fixture, { status: 429 }),
} as const satisfies Inputs;

export const GIT_INPUTS = {
  ...GIT_HTTP_INPUTS,
  "host-key-unknown": (_, all) => overSsh(all).hostKey.unknown(),
  "host-key-changed": (_, all) => overSsh(all).hostKey.mismatch(),
  "key-refused": (_, all) => overSsh(all).badCredentials().probeCase,
} as const satisfies Inputs;

function overSsh(all: Readonly<Record<string, ProbeFixture>>): ProbeFixture & SshFixture {
  const found = Object.values(all).find((fixture) => "hostKey" in fixture);
  if (!found || !("hostKey" in found)) throw new Error("the contract of git has a fixture over SSH");
  return found;
}

function answering(fixture: ProbeFixture, answer: WebAnswer): Promise<Given> {
  return against(
    fixture,
    startWeb(() => answer),
  );
}

/** Aims sinks that ask for TLS. */
function secured(fixture: ProbeFixture): ProbeFixture {
  const at = ({ host, port }: { host: string; port: number }): ProbeCase =>
    withSpec(fixture.good(), { endpoint: `https://${host}:${port}/inventory.git` });
  return { ...fixture, lab: { ...fixture.lab, at } };
}
