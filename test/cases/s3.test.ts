import { reportedCases } from "./run";
import { S3_SERVERS } from "./servers/s3";

reportedCases("s3", S3_SERVERS);
reportedCases("gcs", S3_SERVERS);
