import { blackHole, otherProtocol, greeter, refusedPort, resetter, WEB_REFUSAL } from "../../lab/faults";
import type { ProbeFixture, TlsFixture } from "../contract/fixture";
import { against, aimed, withReference, withSecret, type Inputs } from "./input";

const DEADLINE_MS = 1500;

function certificates(fixture: ProbeFixture): TlsFixture["tls"] {
  if (!("tls" in fixture)) throw new Error("the first fixture of a type has certificates");
  return fixture.tls;
}

/** Inputs that mean the same to every type of sink. */
export const COMMON_INPUTS = {
  "secret-missing": ({ good }) => ({ ...good(), secrets: {} }),
  "secret-elsewhere": ({ good }) => withReference(good(), { namespace: "vault" }),
  "key-missing": ({ good }) => withSecret(good(), { notes: "the key of another program" }),
  unresolved: (fixture) => aimed(fixture, { host: "no-such-host.invalid", port: 4321 }),
  denied: (fixture) => aimed(fixture, { host: "169.254.169.254", port: 4321 }),
  refused: async (fixture) => aimed(fixture, await refusedPort()),
  cut: (fixture) => against(fixture, resetter(fixture.lab.serverSpeaksFirst)),
  silent: (fixture) => against(fixture, blackHole(), DEADLINE_MS),
  untrusted: (fixture) => certificates(fixture).untrusted(),
  "other-name": (fixture) => certificates(fixture).nameMismatch(),
  expired: (fixture) => certificates(fixture).expired(),
  "login-refused": ({ badCredentials }) => badCredentials().probeCase,
  "other-protocol": (fixture) =>
    against(fixture, fixture.lab.serverSpeaksFirst ? greeter(WEB_REFUSAL) : otherProtocol()),
} as const satisfies Inputs;
