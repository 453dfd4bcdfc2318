import { describe, expect, it } from "vitest";
import { CAUSES, SINK_TYPES, type Cause, type SinkType } from "../../capabilities/api/vocabulary";
import { documentedFailures } from "../../generate/failures";
import { COMMON_INPUTS } from "../failures/common";
import { TEST_BACKENDS } from "../fixtures/backends";

/** Causes that no page shows, and why. */
const OF_NO_PAGE: Partial<Record<Cause, string>> = {
  UnsupportedByExporter: "only with strict settings; docs/limitations.md has the messages",
  Internal: "a fault of the operator, which no input gives",
};

const HOST_KEYS: readonly Cause[] = ["HostKeyUnknown", "HostKeyMismatch"];
/** A login by the pod's own identity is not known to these types, so a sink without a Secret is no fault or another one. */
const NO_IDENTITY: readonly Cause[] = [...HOST_KEYS, "NoCredentials"];
/** Requests are signed or carry a token: nothing is negotiated. */
const NO_MECHANISM: readonly Cause[] = [...HOST_KEYS, "UnsupportedAuthMechanism"];

/** Causes that a type cannot have. */
const NOT_OF: Readonly<Record<SinkType, readonly Cause[]>> = {
  git: [],
  gitlab: HOST_KEYS,
  s3: NO_MECHANISM,
  gcs: NO_MECHANISM,
  bigquery: NO_MECHANISM,
  postgres: NO_IDENTITY,
  mongodb: NO_IDENTITY,
  kafka: NO_IDENTITY,
  nats: [...NO_IDENTITY, "UnsupportedAuthMechanism"],
};

/** What the message of a cause must name. */
const NAMES: Partial<Record<Cause, RegExp>> = {
  SecretNotFound: /^Secret …, which spec\.[\w.]+ names/,
  SecretKeyMissing: /Secret … .*\bkeys? \w/,
  SecretValueInvalid: /^The keys? [\w.-]+ of Secret …/,
  ReferenceForbidden: /^spec\.[\w.]+/,
  InvalidConfiguration: /spec\.[\w.]+|the key \w+ of Secret …|^Stream/,
  NoCredentials: /spec\.[\w.]+/,
};

describe.each(SINK_TYPES)("the failures that the page of %s shows", (type) => {
  const documented = documentedFailures(type);

  it("have every cause that the type can have", () => {
    const shown = new Set(Object.values(documented).map(({ cause }) => cause));
    const possible = CAUSES.filter((cause) => !NOT_OF[type].includes(cause) && !(cause in OF_NO_PAGE));
    expect([...shown].sort()).toEqual([...possible].sort());
  });

  it("have an input each, and there is no input beside them", async () => {
    const { contract } = await TEST_BACKENDS[type].contract();
    const inputs = Object.keys(contract.failures);
    const own = inputs.filter((id) => !(id in COMMON_INPUTS));
    expect(Object.keys(documented)).toEqual(expect.arrayContaining(own));
    expect(inputs).toEqual(expect.arrayContaining(Object.keys(documented)));
  });

  it.each(Object.entries(documented))("name the key or field and what to do: %s", (_, { cause, message }) => {
    expect(message.length).toBeLessThan(300);
    expect(message).toMatch(NAMES[cause] ?? /…/);
    expect(message).toMatch(/(?:[.;)]|\b[Rr]un: \S.*)$/);
  });
});
