import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { hostHeader } from "../../net/http-client";
import type { AccessKey } from "../credentials";
import type { BucketAddress } from "../endpoint";

/** Inputs of a client of the SDK. */
export interface ClientScope {
  readonly address: BucketAddress;
  readonly key: AccessKey;
  /** The operator's clock, in milliseconds since the epoch; servers refuse signatures with a skew of 15 minutes. */
  readonly now: number;
  readonly requestHandler: NonNullable<S3ClientConfig["requestHandler"]>;
}

/**
 * Settings for which the SDK otherwise reads the environment, AWS's configuration files or the metadata service of the
 * machine: every one is set, so that it reads none. Sources: `runtimeConfig.js` of the package, and
 * `resolveAwsSdkSigV4Config.js` of `@aws-sdk/core`.
 */
const NOTHING_FROM_OUTSIDE = {
  authSchemePreference: [],
  credentialDefaultProvider: () => refuseCredentials,
  defaultUserAgentProvider: () => Promise.resolve([]),
  defaultsMode: "standard",
  // Signatures contain the operator's clock, which the client gets as an offset.
  disableClockSkewCorrection: false,
  disableS3ExpressSessionAuth: true,
  maxAttempts: 1,
  // Only where the operation requires one: the check of the right to write sends its own digest.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  retryMode: "standard",
  sigv4aSigningRegionSet: [],
  useArnRegion: false,
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: "",
} satisfies S3ClientConfig;

function refuseCredentials(): Promise<never> {
  return Promise.reject(new Error("the probe gives the SDK its credentials"));
}

/** The settings of a client for one command. */
export function clientSettings({ address, key, now, requestHandler }: ClientScope): S3ClientConfig {
  const { region, secure, basePath } = address;
  const origin = `${secure ? "https" : "http"}://${hostHeader(address)}`;
  return {
    ...NOTHING_FROM_OUTSIDE,
    region,
    // Set, so that the SDK does not look for one in the environment. The provider below decides.
    endpoint: origin,
    endpointProvider: () => ({
      url: new URL(`${origin}${basePath}`),
      headers: {},
      properties: {
        authSchemes: [{ name: "sigv4", signingName: "s3", signingRegion: region, properties: {} }],
      },
    }),
    httpAuthSchemeProvider: () => [
      {
        schemeId: "aws.auth#sigv4",
        signingProperties: { name: "s3", region },
        propertiesExtractor: (config, context) => ({ signingProperties: { config, context } }),
      },
    ],
    // A copy, because the SDK writes into the object.
    credentials: { ...key },
    systemClockOffset: now - Date.now(),
    requestHandler,
  };
}
