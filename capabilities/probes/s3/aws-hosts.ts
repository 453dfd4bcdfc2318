/** The parts of a host name of AWS's S3. */
export interface AwsHost {
  /** Set when the name contains it: `bucket.s3.eu-west-1.amazonaws.com`. */
  readonly bucket?: string;
  readonly region?: string;
  /** The host without the bucket. */
  readonly host: string;
}

/**
 * Partitions of AWS by the beginning of their regions: the suffix of their DNS names and the partition in their ARNs.
 * Source: AWS's endpoint rules.
 */
const PARTITIONS: readonly (readonly [region: string, suffix: string, partition: string])[] = [
  ["cn-", "amazonaws.com.cn", "aws-cn"],
  ["us-gov-", "amazonaws.com", "aws-us-gov"],
  ["us-iso-", "c2s.ic.gov", "aws-iso"],
  ["us-isob-", "sc2s.sgov.gov", "aws-iso-b"],
  ["us-isof-", "csp.hci.ic.gov", "aws-iso-f"],
  ["eu-isoe-", "cloud.adc-e.uk", "aws-iso-e"],
  ["eusc-", "amazonaws.eu", "aws-eusc"],
  ["", "amazonaws.com", "aws"],
];

const REGION = "[a-z]{2,5}(?:-[a-z]{2,12}){1,2}-\\d{1,2}";
const IS_REGION = new RegExp(`^${REGION}$`);
const SUFFIXES = [...new Set(PARTITIONS.map(([, suffix]) => suffix.replaceAll(".", "\\.")))].join("|");
const S3_HOST = new RegExp(
  `^(?:(.+)\\.)?(s3(?:-fips)?(?:\\.dualstack)?(?:[.-](${REGION}|accelerate|external-1))?\\.(?:${SUFFIXES}))$`,
);

/**
 * Whether the text has the form of a region of AWS. Another word in a host name could make it the host of a
 * bucket: `sts.s3.amazonaws.com` is that of bucket `sts`.
 */
export function isAwsRegion(text: string): boolean {
  return IS_REGION.test(text);
}

/** The host of AWS's S3 in a region; the region has passed {@link isAwsRegion}. */
export function awsS3Host(region: string): string {
  return `s3.${region}.${partitionOf(region).suffix}`;
}

/** The host of AWS's STS in a region; the region has passed {@link isAwsRegion}. */
export function awsStsHost(region: string): string {
  return `sts.${region}.${partitionOf(region).suffix}`;
}

/** The partition in ARNs of a region's resources: `aws`, `aws-cn`. */
export function arnPartition(region: string): string {
  return partitionOf(region).partition;
}

/** Undefined for a host that is not AWS's S3. */
export function parseAwsHost(name: string): AwsHost | undefined {
  const match = S3_HOST.exec(name.toLowerCase());
  if (!match) return undefined;
  const [, bucket, host = "", region = ""] = match;
  return { host, ...(bucket ? { bucket } : {}), ...(isAwsRegion(region) ? { region } : {}) };
}

function partitionOf(region: string): { readonly suffix: string; readonly partition: string } {
  const [, suffix, partition] = PARTITIONS.find(([start]) => region.startsWith(start)) ?? [
    "",
    "amazonaws.com",
    "aws",
  ];
  return { suffix, partition };
}
