/** The used parts of the SDK: `send.ts` imports this file when a sink first needs it. */
export {
  DeleteObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
