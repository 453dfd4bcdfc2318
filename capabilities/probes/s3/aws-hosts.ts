/** What a host name of AWS's S3 says by itself. */
export interface AwsHost {
  /** Set when the name carries it: `bucket.s3.eu-west-1.amazonaws.com`. */
  readonly bucket?: string;
  readonly region?: string;
}

/** DNS suffixes of AWS's partitions by the beginning of their regions. Source: AWS's endpoint rules. */
const PARTITIONS: readonly (readonly [region: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["eusc-", "amazonaws.eu"],
  ["", "amazonaws.com"],
];

const SUFFIXES = PARTITIONS.map(([, suffix]) => suffix.replaceAll(".", "\\.")).join("|");
const S3_HOST = new RegExp(
  `^(?:(.+)\\.)?s3(?:-fips)?(?:\\.dualstack)?(?:[.-]([a-z0-9-]+))?\\.(?:${SUFFIXES})$`,
);

/** The host of AWS's S3 in a region. */
export function awsS3Host(region: string): string {
  return `s3.${region}.${suffixOf(region)}`;
}

/** The host of AWS's STS in a region. */
export function awsStsHost(region: string): string {
  return `sts.${region}.${suffixOf(region)}`;
}

/** Undefined for a host that is not AWS's S3. */
export function parseAwsHost(host: string): AwsHost | undefined {
  const match = S3_HOST.exec(host.toLowerCase());
  if (!match) return undefined;
  const [, bucket, region] = match;
  // s3-accelerate names no region.
  const isRegion = region !== undefined && /-\d+$/.test(region);
  return { ...(bucket ? { bucket } : {}), ...(isRegion ? { region } : {}) };
}

function suffixOf(region: string): string {
  return PARTITIONS.find(([start]) => region.startsWith(start))?.[1] ?? "amazonaws.com";
}
