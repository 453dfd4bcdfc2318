import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import { HOST_HINT, isHost } from "../net/host-name";
import { awsS3Host, parseAwsHost } from "./aws-hosts";

/** Where a bucket is and how it is addressed. */
export interface BucketAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Begins every path: empty when the host names the bucket. */
  readonly basePath: string;
  readonly bucket: string;
  /** Without slashes at its ends; empty when the sink uses the whole bucket. */
  readonly prefix: string;
  readonly region: string;
  /** Whether the host is the provider's own, so that its identity cannot be anybody else's. */
  readonly isProvider: boolean;
}

/** How one provider's endpoints are written and resolved. */
export interface Provider {
  /** `s3`, `gs`. */
  readonly scheme: string;
  /** An endpoint to show in messages. */
  readonly example: string;
  readonly defaultRegion: string;
  /** Where `scheme://bucket` is, without the bucket. */
  host(region: string): string;
  /** Whether the provider wants the bucket in the host name. */
  readonly virtualHosts: boolean;
  /** What a host of the provider says; undefined for another host. */
  parseHost(host: string): { readonly bucket?: string; readonly region?: string } | undefined;
}

export const AWS: Provider = {
  scheme: "s3",
  example: "s3://bucket/prefix",
  defaultRegion: "us-east-1",
  host: awsS3Host,
  virtualHosts: true,
  parseHost: parseAwsHost,
};

/** S3's own limit for bucket and key together is half of it. */
const MAX_LENGTH = 2048;

/**
 * Reads `s3://bucket/prefix`, `https://host/bucket/prefix`, `http://host/bucket/prefix` and `bucket/prefix`.
 * Throws `FailureError` `InvalidConfiguration`; what may hold credentials is not quoted.
 */
export function parseEndpoint(
  endpoint: string | undefined,
  givenRegion: string | undefined,
  provider: Provider,
): BucketAddress {
  const text = endpointText(endpoint, provider);
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === "") return providerAddress(text, givenRegion, provider);
  if (scheme.toLowerCase() === provider.scheme) return providerAddress(rest, givenRegion, provider);
  if (/^https?$/i.test(scheme)) return urlAddress(text, givenRegion, provider);
  throw invalid(`begins with ${quoted(scheme)}://. Write it as ${forms(provider)}`);
}

function endpointText(endpoint: string | undefined, provider: Provider): string {
  const text = endpoint?.trim() ?? "";
  if (text === "") throw invalid(`is missing. Write it as ${forms(provider)}`);
  if (text.length > MAX_LENGTH) throw invalid(`is longer than ${MAX_LENGTH} characters`);
  if (/\p{Cc}/u.test(text)) throw invalid("holds control characters. Remove them");
  return text;
}

function providerAddress(text: string, givenRegion: string | undefined, provider: Provider): BucketAddress {
  const { bucket, prefix } = splitPath(text, provider);
  const region = checkedRegion(givenRegion ?? provider.defaultRegion);
  const located = locate(provider.host(region), bucket, provider);
  return { secure: true, port: 443, ...located, bucket, prefix, region, isProvider: true };
}

function urlAddress(text: string, givenRegion: string | undefined, provider: Provider): BucketAddress {
  const url = parseUrl(text, provider);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!isHost(host)) throw invalid(`has a host that is neither a name nor an address. ${HOST_HINT}`);
  const known = provider.parseHost(host);
  const region = checkedRegion(givenRegion ?? known?.region ?? provider.defaultRegion);
  const path = decoded(url.pathname.replace(/^\/+/, ""));
  const shared = { ...portOf(url), host, region, isProvider: known !== undefined };
  if (known?.bucket) return { ...shared, basePath: "", bucket: known.bucket, prefix: trimSlashes(path) };
  const { bucket, prefix } = splitPath(path, provider);
  // Other servers seldom have a host name for each bucket.
  const located = known && url.port === "" ? locate(host, bucket, provider) : { basePath: pathOf(bucket) };
  return { ...shared, ...located, bucket, prefix };
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
  // Readers of URLs differ about backslashes.
  const url = !text.includes("\\") && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw invalid(`is not a URL that can be read. Write it as ${forms(provider)}`);
  if (url.username || url.password) throw invalid(USERINFO);
  if (url.search || url.hash) throw invalid("has a query or fragment. Leave out everything from ? or #");
  return url;
}

const USERINFO = "holds a user name or password. Put credentials into a Secret";

/** S3's own rules are narrower; other servers keep older, wider ones. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

function splitPath(path: string, provider: Provider): { bucket: string; prefix: string } {
  const [bucket = "", ...segments] = path.split("/");
  if (bucket === "") throw invalid(`names no bucket. Write it as ${forms(provider)}`);
  if (bucket.includes("@")) throw invalid(USERINFO);
  if (!BUCKET.test(bucket)) {
    throw invalid(
      `names ${quoted(bucket)} where a bucket is expected: letters, digits, dots and hyphens. ` +
        `Write it as ${forms(provider)}`,
    );
  }
  return { bucket, prefix: trimSlashes(segments.join("/")) };
}

function checkedRegion(region: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(region)) return region;
  throw failed("InvalidConfiguration", `spec.options.region is "${quoted(region)}", which is not a region.`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("has a percent sign that begins no escape. Write it as %25");
  }
}

function trimSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "/") start += 1;
  while (end > start && text[end - 1] === "/") end -= 1;
  return text.slice(start, end);
}

function forms({ example }: Provider): string {
  return `${example}, https://host/bucket/prefix or bucket/prefix`;
}

function invalid(fault: string): Error {
  return failed("InvalidConfiguration", `spec.endpoint ${fault}.`);
}

/** `host:port` of a URL that an administrator wrote; undefined when it is none. */
export function parseUrlHost(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return `${url.hostname.replace(/^\[|\]$/g, "")}:${portOf(url).port}`;
}
