type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The pod's own identity at the cloud providers, as their platforms set it in the environment. The providers define the
 * names of the variables, so they have no prefix.
 */
export interface CloudEnvironment {
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
  readonly awsKey?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_SESSION_NAME` (IAM roles for service accounts). */
  readonly awsRole?: { readonly arn: string; readonly tokenFile: string; readonly sessionName?: string };
  /** `AWS_ENDPOINT_URL_S3`: a service outside AWS that may receive the pod's AWS identity. */
  readonly awsS3Endpoint?: string;
  /** `AWS_ENDPOINT_URL_STS`: where to exchange the role's token instead of AWS's regional address. */
  readonly awsStsEndpoint?: string;
  /** `GCE_METADATA_HOST`: host or host:port instead of Google's metadata server. */
  readonly googleMetadataHost?: string;
  /** `BIGQUERY_EMULATOR_HOST`: host:port to use instead of BigQuery, without TLS or credentials. */
  readonly bigqueryEmulatorHost?: string;
}

/** Every variable that is read, for the reference page. */
export const CLOUD_VARIABLES: readonly (readonly [name: string, description: string])[] = [
  [
    "AWS_ACCESS_KEY_ID",
    "With `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`: the operator's own key at AWS.",
  ],
  ["AWS_ROLE_ARN", "With `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_SESSION_NAME`: its role at AWS (IRSA)."],
  ["AWS_ENDPOINT_URL_S3", "A service outside AWS that may receive that identity."],
  ["AWS_ENDPOINT_URL_STS", "Where the role's token is exchanged, instead of AWS's address for the region."],
  ["GCE_METADATA_HOST", "Host, or host and port, instead of Google's metadata server."],
  [
    "BIGQUERY_EMULATOR_HOST",
    "For tests: host and port to use instead of BigQuery, without TLS and credentials.",
  ],
];

/**
 * The pod's own cloud identity. Keys are read only when ambient credentials are allowed; the emulator
 * is not an identity and is always used.
 */
export function cloudEnvironment(env: Environment, ambientAllowed: boolean): CloudEnvironment {
  const emulator = value(env, "BIGQUERY_EMULATOR_HOST");
  return {
    ...(emulator ? { bigqueryEmulatorHost: emulator.replace(/^http:\/\//, "").replace(/\/+$/, "") } : {}),
    ...(ambientAllowed ? { ...awsKey(env), ...awsRole(env), ...hosts(env) } : {}),
  };
}

function awsKey(env: Environment): Pick<CloudEnvironment, "awsKey"> {
  const accessKeyId = value(env, "AWS_ACCESS_KEY_ID");
  const secretAccessKey = value(env, "AWS_SECRET_ACCESS_KEY");
  const sessionToken = value(env, "AWS_SESSION_TOKEN");
  if (!accessKeyId || !secretAccessKey) return {};
  return { awsKey: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
}

function awsRole(env: Environment): Pick<CloudEnvironment, "awsRole"> {
  const arn = value(env, "AWS_ROLE_ARN");
  const tokenFile = value(env, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const sessionName = value(env, "AWS_ROLE_SESSION_NAME");
  if (!arn || !tokenFile) return {};
  return { awsRole: { arn, tokenFile, ...(sessionName ? { sessionName } : {}) } };
}

function hosts(env: Environment): CloudEnvironment {
  const awsS3Endpoint = value(env, "AWS_ENDPOINT_URL_S3");
  const awsStsEndpoint = value(env, "AWS_ENDPOINT_URL_STS");
  const googleMetadataHost = value(env, "GCE_METADATA_HOST");
  return {
    ...(awsS3Endpoint ? { awsS3Endpoint } : {}),
    ...(awsStsEndpoint ? { awsStsEndpoint } : {}),
    ...(googleMetadataHost ? { googleMetadataHost } : {}),
  };
}

function value(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}
