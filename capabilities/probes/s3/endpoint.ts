import { failed } from "../../domain/failure";
import { hasAt } from "../secrets/connection-string";
import { quoted } from "../messages";
import { HOST_HINT, isHost } from "../net/names/host-name";
import { endpointFault, vendorBucket } from "./endpoint-faults";
import { awsS3Host, isAwsRegion, parseAwsHost } from "./aws-hosts";

/** The region that the exporter signs for, whatever the sink says, and the default of a sink without a region. */
export const EXPORTER_REGION = "us-east-1";

/** Location of a bucket, and how requests address it. */
export interface BucketAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Beginning of every path: empty when the host names the bucket. */
  readonly basePath: string;
  readonly bucket: string;
  /** The prefix in the endpoint, without a trailing slash; empty when the sink uses the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** Whether the host belongs to the provider, so that no other server can have its identity. */
  readonly isProvider: boolean;
}

/** Forms of a provider's endpoints, and their resolution. */
export interface Provider {
  /** `s3`, `gs`. */
  readonly scheme: string;
  /** Endpoints that the exporter can write to, for messages. */
  readonly forms: string;
  /** Host of `scheme://bucket`, without the bucket. */
  host(region: string): string;
  /** Whether the provider expects the bucket in the host name if the endpoint is not a URL. */
  readonly virtualHosts: boolean;
  /** A host of the provider without a bucket in its name; undefined for another host. */
  parseHost(host: string): { readonly host: string; readonly bucket?: string } | undefined;
}

export const AWS: Provider = {
  scheme: "s3",
  forms: "s3://bucket/prefix, https://host/bucket/prefix or bucket/prefix",
  host: awsS3Host,
  virtualHosts: true,
  parseHost: parseAwsHost,
};

/** Maximum length of an endpoint, in characters, twice S3's limit for bucket and key together. */
const MAX_LENGTH = 2048;

/**
 * Parses `s3://bucket/prefix`, `https://host/bucket/prefix`, `http://host/bucket/prefix` and `bucket/prefix` as the
 * exporter does: the bucket of a URL is always in its path, and user name, password, query and fragment of a URL are
 * dropped. Throws `FailureError` `InvalidConfiguration`; text that may contain credentials is not quoted.
 */
export function parseEndpoint(
  endpoint: string | undefined,
  givenRegion: string | undefined,
  provider: Provider,
): BucketAddress {
  const text = endpointText(endpoint, provider);
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === "") return providerAddress(text, givenRegion, provider);
  if (scheme === provider.scheme) return providerAddress(rest, givenRegion, provider);
  if (scheme.toLowerCase() === provider.scheme)
    throw invalid(`has capital letters in its scheme. Write ${provider.scheme}://bucket/prefix`);
  if (/^https?$/i.test(scheme)) return urlAddress(text, givenRegion, provider);
  throw invalid(`begins with ${quoted(scheme)}://. Write it as ${provider.forms}`);
}

function endpointText(endpoint: string | undefined, provider: Provider): string {
  const text = endpoint?.trim() ?? "";
  if (text === "") throw invalid(`is missing. Write it as ${provider.forms}`);
  if (text.length > MAX_LENGTH) throw invalid(`is longer than ${MAX_LENGTH} characters`);
  if (/\p{Cc}/u.test(text)) throw invalid("holds control characters. Remove them");
  const fault = endpointFault(text, provider);
  if (fault !== undefined) throw invalid(fault);
  return text;
}

function providerAddress(text: string, givenRegion: string | undefined, provider: Provider): BucketAddress {
  const { bucket, prefix } = splitPath(text, provider);
  refuseHostAsBucket(bucket, prefix);
  const region = checkedRegion(givenRegion);
  const located = locate(provider.host(region), bucket, provider);
  return { secure: true, port: 443, ...located, bucket, prefix, region, isProvider: true };
}

/** Names that only hosts have: a Service of the cluster, an address. No provider has buckets with these names. */
const HOST_NAMES = /(?:\.svc|\.cluster\.local|^localhost|^\d{1,3}(?:\.\d{1,3}){3})$/;

function refuseHostAsBucket(bucket: string, prefix: string): void {
  if (!HOST_NAMES.test(bucket)) return;
  const path = prefix === "" ? "bucket/prefix" : prefix;
  throw invalid(
    `names ${quoted(bucket)} as a bucket, and it looks like a host. ` +
      `Write a server with http:// or https:// and its port: http://${quoted(bucket)}:9000/${quoted(path)}`,
  );
}

function urlAddress(text: string, givenRegion: string | undefined, provider: Provider): BucketAddress {
  const url = parseUrl(text, provider);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!isHost(host)) throw invalid(`has a host that is neither a name nor an address. ${HOST_HINT}`);
  const known = provider.parseHost(host);
  const path = trimSlashes(decoded(rawPath(text)));
  // A password that is split at a slash or another separator ends there, and its beginning is parsed as the host.
  if (hasAt(url.pathname + url.search + url.hash)) throw credentialsInside();
  if (known?.bucket) throw bucketInHost(url, { host: known.host, bucket: known.bucket }, path);
  const isProvider = known !== undefined;
  const region = checkedRegion(givenRegion);
  const ofVendor = path === "" ? vendorBucket(host) : undefined;
  if (ofVendor) throw bucketInHost(url, ofVendor, path);
  const { bucket, prefix } = splitPath(path, provider);
  return { ...portOf(url), host, region, isProvider, basePath: pathOf(bucket), bucket, prefix };
}

/** The path as written: a URL object would resolve "." and "..", and the exporter does not. */
function rawPath(text: string): string {
  return /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(text)?.[1] ?? "";
}

function bucketInHost(
  { protocol, port }: URL,
  { host, bucket }: { readonly host: string; readonly bucket: string },
  path: string,
): Error {
  const at = port === "" ? host : `${host}:${port}`;
  const prefix = trimSlashes(path);
  return invalid(
    `has bucket ${quoted(bucket)} in its host, where the exporter does not look for it. ` +
      `Write it as ${protocol}//${at}/${quoted(bucket)}${prefix === "" ? "" : `/${quoted(prefix)}`}`,
  );
}

function portOf(url: URL): { secure: boolean; port: number } {
  const secure = url.protocol === "https:";
  return { secure, port: Number(url.port || (secure ? 443 : 80)) };
}

/** A bucket with a dot would not match the provider's wildcard certificate, so it goes into the path. */
function locate(host: string, bucket: string, provider: Provider): { host: string; basePath: string } {
  const isVirtual = provider.virtualHosts && /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
  return isVirtual ? { host: `${bucket}.${host}`, basePath: "" } : { host, basePath: pathOf(bucket) };
}

function pathOf(bucket: string): string {
  return `/${encodeURIComponent(bucket)}`;
}

function parseUrl(text: string, provider: Provider): URL {
  // URL parsers treat backslashes in different ways.
  const url = !text.includes("\\") && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw invalid(`is not a URL that can be read. Write it as ${provider.forms}`);
  return url;
}

/** Form of a bucket's name. S3's own rules are narrower; other servers have older, wider ones. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

function splitPath(path: string, provider: Provider): { bucket: string; prefix: string } {
  const [bucket = "", ...segments] = path.split("/");
  if (bucket === "") throw invalid(`names no bucket. Write it as ${provider.forms}`);
  if (hasAt(path)) throw credentialsInside();
  if (!BUCKET.test(bucket)) {
    const shown = /^[^:%]*(?::\d{1,5})?$/.test(bucket) ? quoted(bucket) : "something else";
    throw invalid(
      `names ${shown} where a bucket is expected: letters, digits, dots and hyphens. ` +
        `Write it as ${provider.forms}`,
    );
  }
  return { bucket, prefix: segments.join("/").replace(/\/$/, "") };
}

function credentialsInside(): Error {
  return invalid("holds a user name or password. Put credentials into a Secret");
}

/**
 * Throws `FailureError` `InvalidConfiguration` for an address at AWS whose region is not an AWS region: it may be part
 * of a host name of S3 or STS.
 */
export function checkAwsRegion({ isProvider, region }: BucketAddress): void {
  if (isProvider) requireAwsRegion(region);
}

/** Throws `FailureError` `InvalidConfiguration` for a region without the form of an AWS region. */
export function requireAwsRegion(region: string): void {
  if (isAwsRegion(region)) return;
  throw failed(
    "InvalidConfiguration",
    `spec.options.region is "${quoted(region)}", which is not an AWS region. Remove it, or write one such as us-east-1.`,
  );
}

/** Checks the form of a region, which other services choose freely. */
function checkedRegion(given: string | undefined): string {
  if (!given) return EXPORTER_REGION;
  if (/^[A-Za-z0-9_-]{1,64}$/.test(given)) return given;
  throw noRegion(given);
}

function noRegion(given: string): Error {
  const what = `spec.options.region is "${quoted(given)}", which is not a region`;
  return failed(
    "InvalidConfiguration",
    `${what}. Write ${regionIn(given) ?? "its code, such as eu-central-1"}.`,
  );
}

/** The region in a text with white space, quotes, capitals or the letter of a zone. */
function regionIn(given: string): string | undefined {
  const [region] = /[a-z]{2}(?:-[a-z]+){1,2}-\d/.exec(given.toLowerCase()) ?? [];
  return region;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("has a percent sign that does not begin an escape. Write it as %25");
  }
}

function trimSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "/") start += 1;
  while (end > start && text[end - 1] === "/") end -= 1;
  return text.slice(start, end);
}

function invalid(fault: string): Error {
  return failed("InvalidConfiguration", `spec.endpoint ${fault}.`);
}

/** Scheme, host and port of a URL in the administrator's settings; undefined when it is not a URL. */
export function parseOrigin(
  text: string | undefined,
): Pick<BucketAddress, "secure" | "host" | "port"> | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), ...portOf(url) };
}
