import { describe, expect, it } from "vitest";
import { CLOUD_VARIABLES, cloudEnvironment } from "../../../capabilities/config/cloud-environment";
import { loadConfig } from "../../../capabilities/config/options";

const KEY = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "secret-1" };
const ROLE = { AWS_ROLE_ARN: "arn:aws:iam::1:role/kollect", AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/token" };

describe("cloudEnvironment", () => {
  it("reads no identity unless ambient credentials are allowed", () => {
    const env = { ...KEY, ...ROLE, GCE_METADATA_HOST: "metadata.test" };
    expect(cloudEnvironment(env, false)).toEqual({});
    expect(loadConfig(env).cloud).toEqual({});
  });

  it.each([
    ["a key", KEY, { awsKey: { accessKeyId: "AKIA1", secretAccessKey: "secret-1" } }],
    [
      "a key with a session token",
      { ...KEY, AWS_SESSION_TOKEN: "token-1" },
      { awsKey: { accessKeyId: "AKIA1", secretAccessKey: "secret-1", sessionToken: "token-1" } },
    ],
    ["no key without its secret", { AWS_ACCESS_KEY_ID: "AKIA1" }, {}],
    ["a role", ROLE, { awsRole: { arn: ROLE.AWS_ROLE_ARN, tokenFile: "/var/run/token" } }],
    [
      "a role with a session's name",
      { ...ROLE, AWS_ROLE_SESSION_NAME: "probe" },
      { awsRole: { arn: ROLE.AWS_ROLE_ARN, tokenFile: "/var/run/token", sessionName: "probe" } },
    ],
    ["no role without its token", { AWS_ROLE_ARN: ROLE.AWS_ROLE_ARN }, {}],
    [
      "where the services are",
      {
        AWS_ENDPOINT_URL_S3: "https://minio.platform:9000",
        AWS_ENDPOINT_URL_STS: "https://sts.test",
        GCE_METADATA_HOST: "10.0.0.9:8080",
      },
      {
        awsS3Endpoint: "https://minio.platform:9000",
        awsStsEndpoint: "https://sts.test",
        googleMetadataHost: "10.0.0.9:8080",
      },
    ],
    ["nothing from empty variables", { AWS_ACCESS_KEY_ID: " ", AWS_SECRET_ACCESS_KEY: "" }, {}],
  ])("reads %s when they are", (_what, env, expected) => {
    expect(cloudEnvironment(env, true)).toEqual(expected);
  });

  it.each(["127.0.0.1:9050", "http://127.0.0.1:9050", "http://127.0.0.1:9050/"])(
    "honours BigQuery's emulator at %s always, and warns of it",
    (text) => {
      const { cloud, warnings } = loadConfig({ BIGQUERY_EMULATOR_HOST: text });
      expect(cloud).toEqual({ bigqueryEmulatorHost: "127.0.0.1:9050" });
      expect(warnings.join()).toContain("BIGQUERY_EMULATOR_HOST");
    },
  );

  it("documents every variable that changes something", () => {
    const documented = CLOUD_VARIABLES.flatMap(([name, text]) => [
      name,
      ...[...text.matchAll(/`([A-Z_]+)`/g)].map(([, other]) => other),
    ]);
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      {},
      { get: (_target, name) => (read.add(String(name)), "x") },
    );
    cloudEnvironment(env, true);
    expect([...read].sort()).toEqual([...new Set(documented)].sort());
  });
});
