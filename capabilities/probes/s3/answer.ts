import type { HttpAnswer } from "../net/http-client";

/** What an answer of an S3 service says, reduced to closed or checked words. */
export interface S3Answer {
  readonly status: number;
  /** S3's error code, from the body. */
  readonly code?: string;
  /** The bucket's region, where the service names it. */
  readonly region?: string;
  /** Whether only an S3 service answers so. */
  readonly isS3: boolean;
  /** The server's clock, in milliseconds since the epoch. */
  readonly serverTime?: number;
}

const S3_HEADERS = ["x-amz-request-id", "x-amz-bucket-region", "x-amz-id-2", "x-guploader-uploadid"];

/**
 * Reads an answer. Nothing but the code, the region and the time is taken from it: S3's messages quote the
 * access key, the signature and the request.
 */
export function readS3Answer({ status, headers, body }: HttpAnswer): S3Answer {
  const code = between(body, "<Code>", "</Code>", /^[A-Za-z][A-Za-z0-9.]{1,63}$/);
  const region =
    checkedRegion(headers["x-amz-bucket-region"]) ?? between(body, "<Region>", "</Region>", REGION);
  const serverTime = Date.parse(headers.date ?? "");
  return {
    status,
    ...(code === undefined ? {} : { code }),
    ...(region === undefined ? {} : { region }),
    isS3:
      S3_HEADERS.some((name) => name in headers) || code !== undefined || body.includes("<ListBucketResult"),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
  };
}

/**
 * `eu-west-1`, `us-gov-east-1`, `us-east1`: a wider form would let a hostile server put a word of its choice,
 * such as the access key that it was just sent, into a message.
 */
const REGION = /^[a-z]{2,12}(-[a-z]{2,12}){1,3}-?\d{1,2}$/;

function checkedRegion(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" && REGION.test(value) ? value : undefined;
}

/** The first such text, when it has the expected form. */
function between(text: string, start: string, end: string, form: RegExp): string | undefined {
  const from = text.indexOf(start);
  const to = from < 0 ? -1 : text.indexOf(end, from);
  const found = to < 0 ? "" : text.slice(from + start.length, to).trim();
  return form.test(found) ? found : undefined;
}
