import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { quoted } from "../messages";
import type { PlanOptions } from "../probe";
import {
  hasOuterSpace,
  invalidValue,
  optionalVerbatim,
  outerSpaceFault,
  requiredVerbatim,
  type SecretValue,
} from "../secrets/secret-values";
import { suspectHint } from "../secrets/suspect-values";
import { SHARED_FIELD } from "../sink-spec";
import { parseOrigin, requireAwsRegion, type BucketAddress } from "./endpoint";

const ACCESS_KEY = ["accessKeyID", "AWS_ACCESS_KEY_ID"] as const;
const SECRET_KEY = ["secretAccessKey", "AWS_SECRET_ACCESS_KEY"] as const;
const TOKEN = ["sessionToken", "AWS_SESSION_TOKEN"] as const;

/** An access key of S3, with a session token if it is temporary. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Signing credentials, and the names of their sources in messages. */
export interface S3Credentials {
  readonly source: AccessKey | WebIdentity;
  /** `the keys accessKeyID and secretAccessKey of Secret s3-keys` */
  readonly keys: string;
  /** `the key sessionToken of Secret s3-keys` */
  readonly token: string;
  /** The values of the Secret that are sent; absent for the operator's own identity. */
  readonly sent?: readonly SecretValue[];
}

/** A role of IAM for the pod's service account; its token is exchanged for a key when the probe runs. */
export interface WebIdentity {
  readonly roleArn: string;
  readonly tokenFile: string;
  readonly sessionName: string;
  readonly stsEndpoint?: string;
}

/** The access key of a Secret. Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`. */
export function secretCredentials(secret: Secret): S3Credentials {
  const id = requiredVerbatim(secret, ACCESS_KEY);
  const key = requiredVerbatim(secret, SECRET_KEY);
  const token = optionalVerbatim(secret, TOKEN);
  const name = quoted(secret.name);
  return {
    source: {
      accessKeyId: forHeader(id, /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/),
      secretAccessKey: forSigning(key),
      ...(token ? { sessionToken: forHeader(token, /^[\x20-\x7e]{1,65536}$/) } : {}),
    },
    keys: `the keys ${id.key} and ${key.key} of Secret ${name}`,
    token: `the key ${token?.key ?? TOKEN[0]} of Secret ${name}`,
    sent: [id, key, ...(token ? [token] : [])],
  };
}

/** Whether the Secret has one of the keys of an access key with a value. */
export function hasAccessKey(secret: Secret): boolean {
  return [...ACCESS_KEY, ...SECRET_KEY].some((key) => (secret.data.get(key)?.length ?? 0) > 0);
}

/** Whether an access key has the form of AWS's temporary ones, which need a session token. Source: IAM, "Unique identifiers". */
export function isTemporary({ accessKeyId }: AccessKey): boolean {
  return accessKeyId.startsWith("ASIA");
}

/**
 * The pod's own identity: a key in its environment, else a role for its service account. It is sent only to AWS,
 * over https, and to the service that the administrator names in AWS_ENDPOINT_URL_S3, because a sink's
 * endpoint may belong to any provider. Throws `FailureError` `NoCredentials`.
 */
export function ambientCredentials(address: BucketAddress, options: PlanOptions): S3Credentials {
  const { cloud = {} } = options;
  if (!options.ambientCredentials) {
    throw noCredentials(
      "Name one with accessKeyID and secretAccessKey. " +
        "The operator's own identity is used only when KOLLECT_ALLOW_AMBIENT_CREDENTIALS is true",
    );
  }
  if (!(address.isProvider && address.secure) && !isNamed(address, cloud.awsS3Endpoint)) {
    throw noCredentials(
      "Name one with accessKeyID and secretAccessKey: the operator's own identity is sent only to AWS over " +
        "https, and to the service of AWS_ENDPOINT_URL_S3 in the operator's environment",
    );
  }
  const words = { keys: "the operator's own AWS identity", token: "the operator's own AWS identity" };
  if (cloud.awsKey) return { source: cloud.awsKey, ...words };
  if (cloud.awsRole) {
    // The region is part of the name of the host that receives the role's token.
    if (!cloud.awsStsEndpoint) requireAwsRegion(address.region);
    return { source: webIdentity(cloud.awsRole, cloud.awsStsEndpoint), ...words };
  }
  throw noCredentials(
    "The operator's environment has neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor AWS_ROLE_ARN " +
      "and AWS_WEB_IDENTITY_TOKEN_FILE. Other sources of AWS's SDKs are not read",
  );
}

function isNamed({ secure, host, port }: BucketAddress, endpoint: string | undefined): boolean {
  const named = parseOrigin(endpoint);
  return named?.host === host && named.port === port && named.secure === secure;
}

function webIdentity(
  { arn, tokenFile, sessionName }: { arn: string; tokenFile: string; sessionName?: string },
  stsEndpoint: string | undefined,
): WebIdentity {
  return {
    roleArn: arn,
    tokenFile,
    sessionName: sessionName ?? "kollect-connection-test",
    ...(stsEndpoint ? { stsEndpoint } : {}),
  };
}

/** Access keys and tokens go into headers, where other characters would be refused or have another meaning. */
function forHeader(value: SecretValue, form: RegExp): string {
  if (form.test(value.text)) return value.text;
  throw form.test(value.text.trim()) && hasOuterSpace(value) ? outerSpaceFault(value) : noKey(value);
}

/** A secret access key is only used to sign, so the server decides about white space around it. */
function forSigning(value: SecretValue): string {
  if (/^\P{Cc}{1,1024}$/u.test(value.text.trim())) return value.text;
  throw noKey(value);
}

function noKey({ secret, key, text }: SecretValue): Error {
  const fault =
    suspectHint(text) ?? "holds characters that no access key has. Write the plain value, without quotes";
  return invalidValue({ name: secret }, key, fault);
}

function noCredentials(what: string): Error {
  return failed("NoCredentials", `${SHARED_FIELD} names no Secret. ${what}.`);
}
