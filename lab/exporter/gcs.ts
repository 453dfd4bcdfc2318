import type { Exporter } from "../truth/row";
import { exportToS3 } from "./s3";

/**
 * What Kollect's exporter does with a gcs sink (facts/exporter.md, 2.9): what it does with an s3 sink, to the last
 * setting. `gs://` is no address to it, `bucket/prefix` is one at AWS, `credentials.json` is not read.
 */
export const exportToGcs: Exporter = exportToS3;
