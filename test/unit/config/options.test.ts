import { describe, expect, it } from "vitest";
import { CONFIG_OPTIONS, loadConfig } from "../../../capabilities/config/options";

describe("loadConfig", () => {
  it("gives the documented default of every option when the environment is empty", () => {
    const { config, faults, warnings } = loadConfig({});
    expect({ faults, warnings }).toEqual({ faults: [], warnings: [] });
    expect(config).toEqual({
      maxConcurrentProbes: 128,
      maxProbesPerEndpoint: 5,
      maxProbesPerSink: 2,
      maxProbesPerNamespace: 32,
      maxSlowProbes: 512,
      maxSlowProbesPerNamespace: 256,
      maxTimeoutSeconds: 300,
      graceSeconds: 10,
      sharedSecrets: [],
      allowCidrs: [],
      denyCidrs: [],
      allowAmbientCredentials: false,
      requireSinkAccess: false,
      sinkTriggers: false,
      sinkTriggerMinIntervalSeconds: 60,
      watchNamespaces: [],
      events: true,
      eventRatePerSecond: 20,
      eventQueueSize: 10_000,
      stuckAfterSeconds: 60,
      logLevel: "info",
      exporterVersion: "0.18",
      exporterStrict: false,
      exporterPrivateSinks: "allowed",
      s3WriteCheck: true,
      sinkMetrics: false,
      installCrds: true,
    });
  });

  it("gives the same whether a variable is unset, empty or blank", () => {
    for (const { env } of CONFIG_OPTIONS) {
      expect(loadConfig({ [env]: "" })).toEqual(loadConfig({}));
      expect(loadConfig({ [env]: "  " })).toEqual(loadConfig({}));
    }
  });

  it.each([
    ["KOLLECT_MAX_CONCURRENT_PROBES", "1", { maxConcurrentProbes: 1, maxProbesPerEndpoint: 5 }],
    ["KOLLECT_GRACE_SECONDS", "0", { graceSeconds: 0 }],
    ["KOLLECT_MAX_TIMEOUT_SECONDS", " 30 ", { maxTimeoutSeconds: 30 }],
    ["KOLLECT_EVENT_RATE_PER_SECOND", "0.5", { eventRatePerSecond: 0.5 }],
    ["KOLLECT_EVENTS", "false", { events: false }],
    ["KOLLECT_LOG_LEVEL", "warn", { logLevel: "warn" }],
    ["KOLLECT_WATCH_NAMESPACES", "shop, billing,", { watchNamespaces: ["shop", "billing"] }],
    [
      "KOLLECT_DENY_CIDRS",
      "10.0.0.0/8,192.0.2.7, fd00::/8",
      { denyCidrs: ["10.0.0.0/8", "192.0.2.7", "fd00::/8"] },
    ],
    [
      "KOLLECT_SHARED_SECRETS",
      "shop:platform/pg-dsn,*:platform/shared.ca",
      {
        sharedSecrets: [
          { sinkNamespace: "shop", namespace: "platform", name: "pg-dsn" },
          { sinkNamespace: "*", namespace: "platform", name: "shared.ca" },
        ],
      },
    ],
  ])("reads %s=%s", (env, text, expected) => {
    const { config, faults } = loadConfig({ [env]: text });
    expect(faults).toEqual([]);
    expect(config).toMatchObject(expected);
  });

  it.each([
    ["KOLLECT_MAX_CONCURRENT_PROBES", "0", '"0" is not an integer from 1 to 10000'],
    ["KOLLECT_MAX_CONCURRENT_PROBES", "1e3", '"1e3" is not an integer from 1 to 10000'],
    ["KOLLECT_MAX_CONCURRENT_PROBES", "-1", '"-1" is not an integer from 1 to 10000'],
    ["KOLLECT_MAX_TIMEOUT_SECONDS", "301", '"301" is not an integer from 1 to 300'],
    ["KOLLECT_MAX_TIMEOUT_SECONDS", "15s", '"15s" is not an integer from 1 to 300'],
    ["KOLLECT_EVENT_RATE_PER_SECOND", "0", '"0" is not a number from 0.1 to 1000'],
    ["KOLLECT_REQUIRE_SINK_ACCESS", "yes", '"yes" is neither true nor false'],
    ["KOLLECT_REQUIRE_SINK_ACCESS", "TRUE", '"TRUE" is neither true nor false'],
    ["KOLLECT_LOG_LEVEL", "verbose", '"verbose" is not one of debug, info, warn, error'],
    ["KOLLECT_WATCH_NAMESPACES", "shop,../x", '"../x" is not the name of a namespace'],
    ["KOLLECT_ALLOW_CIDRS", "10.0.0.0/33", '"10.0.0.0/33" has a prefix longer than 32 bits'],
    ["KOLLECT_ALLOW_CIDRS", "fd00::/129", '"fd00::/129" has a prefix longer than 128 bits'],
    ["KOLLECT_ALLOW_CIDRS", "localhost", '"localhost" is not an address or range in CIDR form'],
    ["KOLLECT_ALLOW_CIDRS", "0x7f.1/8", '"0x7f.1/8" is not an address or range in CIDR form'],
    [
      "KOLLECT_ALLOW_CIDRS",
      "::ffff:10.0.0.0/104",
      '"::ffff:10.0.0.0/104" is not an address or range in CIDR form',
    ],
    ["KOLLECT_ALLOW_CIDRS", "fe80::1%eth0/64", '"fe80::1%eth0/64" is not an address or range in CIDR form'],
    ["KOLLECT_SHARED_SECRETS", "shop:*/x", '"shop:*/x" is not sinkNamespace:secretNamespace/secretName'],
    [
      "KOLLECT_SHARED_SECRETS",
      "shop:platform/*",
      '"shop:platform/*" is not sinkNamespace:secretNamespace/secretName',
    ],
    ["KOLLECT_SHARED_SECRETS", "platform/x", '"platform/x" is not sinkNamespace:secretNamespace/secretName'],
    ["KOLLECT_SHARED_SECRETS", "a:b/c/d", '"a:b/c/d" is not sinkNamespace:secretNamespace/secretName'],
  ])("refuses %s=%s and keeps the default", (env, text, expected) => {
    const { config, faults } = loadConfig({ [env]: text });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${env}: ${expected}`);
    expect(config).toEqual(loadConfig({}).config);
  });

  it("lists every fault at once, also two of one list", () => {
    const { faults } = loadConfig({
      KOLLECT_GRACE_SECONDS: "soon",
      KOLLECT_EVENTS: "maybe",
      KOLLECT_DENY_CIDRS: "10.0.0.0/8, here, there",
    });
    expect(faults).toHaveLength(3);
    expect(faults.join("\n")).toMatch(/"here".*"there"/);
  });

  it.each([
    [
      "KOLLECT_GRACE_SECOND",
      "KOLLECT_GRACE_SECOND is not a setting and is ignored. Did you mean KOLLECT_GRACE_SECONDS?",
    ],
    [
      "KOLLECT_DENY_CIDR",
      "KOLLECT_DENY_CIDR is not a setting and is ignored. Did you mean KOLLECT_DENY_CIDRS?",
    ],
    ["KOLLECT_COLOUR", "KOLLECT_COLOUR is not a setting and is ignored."],
  ])("warns of %s, which has no effect", (env, warning) => {
    expect(loadConfig({ [env]: "1" })).toMatchObject({ faults: [], warnings: [warning] });
  });

  it("never repeats the value of a variable that it does not know", () => {
    expect(loadConfig({ KOLLECT_PASSWORD: "hunter2" }).warnings.join()).not.toContain("hunter2");
  });

  it("ignores other programs' variables and those that the kubelet sets for Services", () => {
    const env = {
      PATH: "/bin",
      PEPR_MODE: "dev",
      KOLLECT_HUB_SERVICE_HOST: "10.0.0.1",
      KOLLECT_HUB_SERVICE_PORT: "443",
      KOLLECT_HUB_SERVICE_PORT_HTTPS: "443",
      KOLLECT_HUB_PORT: "tcp://10.0.0.1:443",
      KOLLECT_HUB_PORT_443_TCP_ADDR: "10.0.0.1",
    };
    expect(loadConfig(env)).toEqual(loadConfig({}));
  });

  it("warns of a limit that another limit makes useless", () => {
    const { warnings } = loadConfig({ KOLLECT_MAX_CONCURRENT_PROBES: "16" });
    expect(warnings).toEqual([
      "KOLLECT_MAX_PROBES_PER_NAMESPACE is above KOLLECT_MAX_CONCURRENT_PROBES, so it has no effect.",
    ]);
  });
});

describe("CONFIG_OPTIONS", () => {
  it("documents every member of the configuration once, with a default that is valid", () => {
    expect(CONFIG_OPTIONS.map(({ key }) => key)).toEqual(Object.keys(loadConfig({}).config));
    expect(new Set(CONFIG_OPTIONS.map(({ env }) => env)).size).toBe(CONFIG_OPTIONS.length);
    const spelledOut = Object.fromEntries(CONFIG_OPTIONS.map((row) => [row.env, row.default]));
    expect(loadConfig(spelledOut)).toEqual(loadConfig({}));
  });

  it.each(CONFIG_OPTIONS)("$env has the prefix, a type and a sentence", ({ env, type, description }) => {
    expect(env).toMatch(/^KOLLECT_[A-Z][A-Z0-9_]+$/);
    expect(type).not.toBe("");
    expect(description).toMatch(/^[A-Z].*\.$/);
  });
});
