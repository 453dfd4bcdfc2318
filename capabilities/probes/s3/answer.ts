import type { IncomingHttpHeaders } from "node:http";
import type { HttpAnswer } from "../net/http-client";

/** An answer of an S3 service, reduced to closed or checked words. */
export interface S3Answer {
  readonly status: number;
  /** S3's error code, from the body. */
  readonly code?: string;
  /** Information beyond the code. */
  readonly hint?: S3Hint;
  /** The bucket's region, where the service names it. */
  readonly region?: string;
  /** Whether only an S3 service sends such an answer. */
  readonly isS3: boolean;
  /** Set for an error without a request ID, which S3 APIs send. */
  readonly isNameless?: true;
  /** The server's clock, in milliseconds since the epoch. */
  readonly serverTime?: number;
  /** The version that a write created in a bucket with versioning. */
  readonly versionId?: string;
}

/**
 * - `console`: MinIO's console, which directs S3 clients to the other port;
 * - `https`: a port for HTTPS, to a request without TLS;
 * - `keyLength`: Cloudflare R2, to an access key of another service;
 * - `reserved`: a bucket's name that MinIO reserves, as in the URLs of its old browser.
 */
export type S3Hint = "console" | "https" | "keyLength" | "reserved";

/** Texts of servers that have no code. Sources: MinIO's console, and R2's answers in public reports. */
const TEXTS: readonly (readonly [S3Hint, RegExp])[] = [
  ["console", /made to (?:Console|API) port/i],
  ["keyLength", /access key has length/i],
];

const S3_HEADERS = ["x-amz-request-id", "x-amz-bucket-region", "x-amz-id-2", "x-guploader-uploadid"];
const START = /^\uFEFF?\s*(?:<\?xml[^>]{0,100}\?>\s*)?/;
const ERROR = new RegExp(`${START.source}<Error[\\s/>]`);
const LISTING = new RegExp(`${START.source}<ListBucketResult[\\s/>]`);

/**
 * Parses an answer. Only the code, the region, the time and a version are used: S3's messages quote the
 * access key, the signature and the request.
 */
export function readS3Answer({ status, headers, body }: HttpAnswer): S3Answer {
  const document = ERROR.test(body) ? body : "";
  const code = between(document, "<Code>", "</Code>", /^[A-Za-z][A-Za-z0-9.]{1,63}$/);
  const hint = hintIn(status, document, body);
  const region =
    checked(headers["x-amz-bucket-region"], REGION) ?? between(document, "<Region>", "</Region>", REGION);
  const serverTime = Date.parse(headers.date ?? "");
  const versionId = checked(headers["x-amz-version-id"], /^(?!null$)[A-Za-z0-9._-]{1,128}$/);
  return {
    status,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(region === undefined ? {} : { region }),
    isS3: isFromS3(headers, body, code),
    ...namelessness(headers, document),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
    ...(versionId === undefined ? {} : { versionId }),
  };
}

/** The plain-text answers of nginx, Apache and Go's servers at a port for HTTPS. */
const HTTPS_PORT = /HTTP request (?:was sent )?to (?:an )?HTTPS|plain HTTP to an SSL-enabled/i;

function hintIn(status: number, document: string, body: string): S3Hint | undefined {
  if (status === 400 && HTTPS_PORT.test(body)) return "https";
  return TEXTS.find(([, text]) => text.test(document))?.[0];
}

function namelessness(headers: IncomingHttpHeaders, document: string): Pick<S3Answer, "isNameless"> {
  const isNamed =
    document === "" ||
    S3_HEADERS.some((name) => name in headers) ||
    /<(?:RequestI[dD]|HostI[dD]|Details)>/.test(document);
  return isNamed ? {} : { isNameless: true };
}

/** A page or a JSON document is not an answer of the S3 protocol, even with its headers, as static web sites send. */
function isFromS3(headers: IncomingHttpHeaders, body: string, code: string | undefined): boolean {
  if (code !== undefined || LISTING.test(body)) return true;
  return body.trim() === "" && S3_HEADERS.some((name) => name in headers);
}

/**
 * `eu-west-1`, `us-gov-east-1`, `us-east1`: a wider form would let a hostile server put any word,
 * such as the access key that it just received, into a message.
 */
const REGION = /^[a-z]{2,12}(-[a-z]{2,12}){1,3}-?\d{1,2}$/;

function checked(value: string | string[] | undefined, form: RegExp): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}

/** The first such text, when it has the expected form. */
function between(text: string, start: string, end: string, form: RegExp): string | undefined {
  const from = text.indexOf(start);
  const to = from < 0 ? -1 : text.indexOf(end, from);
  const found = to < 0 ? "" : text.slice(from + start.length, to).trim();
  return form.test(found) ? found : undefined;
}
