import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Sink } from "../../capabilities/api/types";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { CONFIG_OPTIONS, loadConfig } from "../../capabilities/config/options";
import { FailureError } from "../../capabilities/domain/failure";
import { isDnsLabel, isDnsSubdomain } from "../../capabilities/api/names";
import { permittedSecret } from "../../capabilities/domain/references";
import { isFailure, sinkTarget } from "../../capabilities/domain/spec";
import { parseKnownHosts } from "../../capabilities/probes/git/ssh/known-hosts";
import { clean } from "../../capabilities/probes/messages";
import { parseIp, withEmbedded } from "../../capabilities/probes/net/ip";
import type { Probe } from "../../capabilities/probes/probe";
import { PROBES } from "../../capabilities/probes/registry";
import { MAX_VALUE_BYTES, optionalText } from "../../capabilities/probes/secrets/secret-values";
import { tlsTrust } from "../../capabilities/probes/secrets/tls-trust";
import { makeTest } from "../fixtures/make-test";
import { createAuthority } from "../../lab/pki";
import {
  CANARY,
  expectNoTrace,
  expectShowable,
  hostileText,
  LONG_TEXTS,
  outcomeOf,
  quickly,
} from "./hostile";
import { hostileSink, hostileValues, planned, sinkAt } from "./sinks";
import { runs } from "../fixtures/property";

const BACKENDS = Object.entries(PROBES) as [SinkType, Probe][];
const PLAIN = hostileText(false);
const SECRET = hostileText();

let inputs = 0;

/** Checks the property and counts its inputs. */
function always<T extends [unknown, ...unknown[]]>(
  numRuns: number,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...values: T) => void,
): void {
  const property = fc.property(fc.tuple(...arbitraries), (values) => {
    inputs += 1;
    quickly(() => check(...(values as unknown as T)));
  });
  fc.assert(property, { numRuns: runs(numRuns) });
}

afterAll(() => expect(inputs).toBeGreaterThanOrEqual(runs(20_000)));

function secretOf(data: ReadonlyMap<string, Buffer>): Parameters<typeof optionalText>[0] {
  return { namespace: "shop", name: "keys", resourceVersion: "1", data };
}

function sinkWithCa(caBundle: string): Sink {
  return { spec: { tls: { caBundle } } } as unknown as Sink;
}

describe("names", () => {
  it("are accepted only in the form that can go into a URL as it is", () => {
    always(1500, [PLAIN], (text) => {
      if (isDnsSubdomain(text)) expect(encodeURIComponent(text)).toBe(text);
      if (isDnsLabel(text)) expect(text).toMatch(/^[a-z0-9-]{1,63}$/);
    });
  });
  it("of a sink are one sink's or refused in words that can be shown", () => {
    const field = fc.constantFrom("snapshotSinkRef", "databaseSinkRef", "eventSinkRef", "__proto__");
    const value = fc.oneof(PLAIN, fc.anything());
    always(1000, [fc.dictionary(field, value, { maxKeys: 3 })], (sinkRef) => {
      const target = sinkTarget(makeTest({ spec: { sinkRef } }));
      if (isFailure(target)) expectShowable(target);
      else expect(isDnsSubdomain(target.name)).toBe(true);
    });
  });
  it("of a Secret lead to the sink's namespace or nowhere", () => {
    always(1500, [PLAIN, fc.option(PLAIN, { nil: undefined })], (name, namespace) => {
      const permitted = permittedSecret("shop", { field: "spec.secretRef", name, namespace }, []);
      if (permitted instanceof FailureError) expectShowable(permitted.failure);
      else expect(permitted).toEqual({ namespace: "shop", name });
    });
  });
});

describe("a sink and its Secrets", () => {
  it.each(BACKENDS)("of type %s are a plan, or a failure that shows no value", (type, probe) => {
    always(1000, [hostileSink(type, PLAIN), hostileValues(type, SECRET)], (sink, values) => {
      const { failure, value } = outcomeOf(() => planned(probe, sink, values));
      if (failure) {
        expectShowable(failure);
        expectNoTrace(failure.message);
      } else {
        expect(value?.endpoint).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}?]/u);
      }
    });
  });
  it.each(BACKENDS)("of type %s do not show credentials that stand in the endpoint", (type, probe) => {
    const scheme = fc.constantFrom("https://", "http://", "s3://", "gs://", "ssh://", "nats://", "");
    const user = fc.constantFrom("u:", "", ":", "%20:");
    always(200, [scheme, user, PLAIN, hostileValues(type, PLAIN)], (before, name, between, values) => {
      const address = `${before}${name}${between}${CANARY}@db.shop/inventory`;
      const { failure, value } = outcomeOf(() => planned(probe, sinkAt(type, address), values));
      if (failure) expectNoTrace(failure.message);
      else expectNoTrace(value?.endpoint ?? "");
    });
  });
});

describe("values", () => {
  it("of a Secret are text within the limit, or a failure that names the key", () => {
    const bytes = fc.oneof(
      SECRET.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.constant(Buffer.alloc(MAX_VALUE_BYTES + 1, "a")),
    );
    always(1500, [PLAIN, bytes], (key, value) => {
      const { failure, value: found } = outcomeOf(() =>
        optionalText(secretOf(new Map([[key, value]])), [key]),
      );
      if (!failure) return expect(found?.text.trim()).not.toBe("");
      expect(failure.cause).toBe("SecretValueInvalid");
      expectShowable(failure);
      expectNoTrace(failure.message);
    });
  });
  it("of a CA bundle are certificates and nothing else, or a failure", () => {
    const { cert } = createAuthority();
    const mixed = fc.tuple(SECRET, fc.constantFrom("", cert, cert.slice(0, 200), cert.slice(100)), SECRET);
    always(800, [mixed], (parts) => {
      const bundle = Buffer.from(parts.join("\n")).toString("base64");
      const { failure, value } = outcomeOf(() => tlsTrust(sinkWithCa(bundle), new Map()));
      expectNoTrace(failure?.message ?? value?.ca ?? "");
    });
  });
  it("of known_hosts are lines that can be read, or a failure", () => {
    const key = "AAAAC3NzaC1lZDI1NTE5AAAAIC7JhGVHDNLgMHPNDzEnGeYOpJsNlCRtPL2eSbj1vkLs";
    const line = fc.tuple(
      SECRET,
      fc.oneof(fc.constant("ssh-ed25519"), SECRET),
      fc.constantFrom(key, "A", ""),
    );
    always(800, [fc.array(line, { maxLength: 4 })], (lines) => {
      const text = lines.map((fields) => fields.join(" ")).join("\n");
      const { failure } = outcomeOf(() =>
        parseKnownHosts(text, { secret: "keys", key: "known_hosts", engine: "cli" }),
      );
      if (failure) expectShowable(failure);
      expectNoTrace(failure?.message ?? "");
    });
  });
  it("of addresses give whole addresses, also those within", () => {
    always(1000, [fc.oneof(PLAIN, fc.ipV4(), fc.ipV6())], (text) => {
      const ip = parseIp(text);
      for (const { address, family } of ip ? withEmbedded(ip) : []) {
        expect(family === "ipv4" ? isIPv4(address) : isIPv6(address), address).toBe(true);
      }
    });
  });
  it("of settings are read, or named as a fault on one line", () => {
    const name = fc.constantFrom(
      ...CONFIG_OPTIONS.map(({ env }) => env),
      "KOLLECT_X",
      "BIGQUERY_EMULATOR_HOST",
    );
    always(1000, [fc.dictionary(name, PLAIN, { maxKeys: 4 })], (env) => {
      const { faults, warnings, config } = loadConfig(env);
      for (const line of [...faults, ...warnings]) expect(line.length).toBeLessThan(4000);
      expect(Object.keys(config)).toHaveLength(CONFIG_OPTIONS.length);
    });
  });
  it("of a setting that is no list of what it should be are not repeated without end", () => {
    const { faults } = loadConfig({ KOLLECT_ALLOW_CIDRS: "x,".repeat(50_000) });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^KOLLECT_ALLOW_CIDRS: .*; and more\.$/);
    expect(faults[0]?.length).toBeLessThan(4000);
  });
  it("of messages lose what could forge a line or turn text around", () => {
    always(1000, [PLAIN], (text) => expectShowable({ message: `x${clean(text)}`.slice(0, 1000) }));
  });
});

describe("a million characters", () => {
  it.each(LONG_TEXTS)("of %s are read or refused at once", (_what, text) => {
    const value = Buffer.from(text);
    for (const [type, probe] of BACKENDS) {
      const [sink] = fc.sample(hostileSink(type, fc.constant(text)), { numRuns: 1, seed: 3 });
      const keys = ["dsn", "uri", "username", "password", "known_hosts", "ssh-privatekey", "tls.crt"];
      if (sink)
        quickly(() => outcomeOf(() => planned(probe, sink, new Map(keys.map((key) => [key, value])))));
      quickly(() => outcomeOf(() => planned(probe, sinkAt(type, text), new Map())));
    }
    quickly(() => outcomeOf(() => tlsTrust(sinkWithCa(value.toString("base64")), new Map())));
    quickly(() =>
      outcomeOf(() => parseKnownHosts(text, { secret: "keys", key: "known_hosts", engine: "cli" })),
    );
    quickly(() => loadConfig(Object.fromEntries(CONFIG_OPTIONS.map(({ env }) => [env, text]))));
    quickly(() => sinkTarget(makeTest({ spec: { sinkRef: { databaseSinkRef: text } } })));
    quickly(() => isDnsSubdomain(text) || isDnsLabel(text));
    quickly(() => clean(text));
  });
});
