import { hostPort } from "../messages";
import type { S3Answer } from "./answer";
import { askS3, type BucketClient } from "./bucket";
import { ACCESS_DENIED } from "./errors";
import type { StoringServers } from "./storing-servers";

/** Result of the check of the right to write. */
export type WriteAnswer =
  | { readonly kind: "allowed" | "noBucket" }
  /** `isNameless`: the answer may not come from an S3 API. */
  | { readonly kind: "denied"; readonly isNameless: boolean }
  /** `why`: a sentence without a full stop. */
  | { readonly kind: "unproven"; readonly why: string };

/** The digest of the empty text, which cannot match any byte. */
const WRONG_MD5 = "1B2M2Y8AsgTpgAmY7PhCfg==";

/**
 * Checks whether the server would accept an object: with a PutObject of one byte whose `Content-MD5` cannot match, which
 * servers refuse after checking the right (versitygw and MinIO do; AWS documents no order). Any answer other than
 * these two refusals proves nothing and the request is not repeated. If a server stores the byte nevertheless, the
 * probe deletes it and records the server.
 */
export async function askToWrite(bucket: BucketClient, storing: StoringServers): Promise<WriteAnswer> {
  const { address, write } = bucket.plan;
  if (!write.isAsked) return unproven("KOLLECT_S3_WRITE_CHECK is false");
  const server = `${write.namespace} ${hostPort(address)}`;
  if (storing.has(server)) {
    return unproven("the server stored the byte of an earlier check, so the check is not repeated for a day");
  }
  const { key } = write;
  const answer = await askS3(bucket, { command: "PutObject", key, body: "0", contentMd5: WRONG_MD5 });
  if (answer.status < 300) {
    storing.add(server);
    return unproven(await takeBack(bucket, answer));
  }
  return read(answer);
}

function read({ status, code, isNameless }: S3Answer): WriteAnswer {
  if (status === 400 && code === "BadDigest") return { kind: "allowed" };
  if (status === 403 && code === ACCESS_DENIED) return { kind: "denied", isNameless: isNameless === true };
  if (status === 404 && code === "NoSuchBucket") return { kind: "noBucket" };
  return unproven(
    `the server answered HTTP ${status} to a PutObject with a wrong digest, which proves nothing`,
  );
}

/** Deletes the byte, or its version in a bucket with versioning, and returns a sentence about the result. */
async function takeBack(bucket: BucketClient, stored: S3Answer): Promise<string> {
  const { versionId } = stored;
  const deleted = await deletion(bucket, versionId);
  const key = shown(bucket);
  const found = "the server stored the byte although its digest is wrong";
  if (deleted === undefined || deleted.status >= 300) {
    return `${found}, and deleting it was refused: delete ${key}${versionId ? " with all its versions" : ""}`;
  }
  if (deleted.versionId !== undefined && versionId === undefined) {
    return `${found}, and the bucket keeps versions: delete ${key} with all its versions`;
  }
  return `${found}; ${key} was deleted again`;
}

async function deletion(bucket: BucketClient, versionId: string | undefined): Promise<S3Answer | undefined> {
  try {
    const { key } = bucket.plan.write;
    return await askS3(bucket, {
      command: "DeleteObject",
      key,
      ...(versionId === undefined ? {} : { versionId }),
    });
  } catch {
    // The reason does not matter: the byte was not deleted.
    return undefined;
  }
}

/** The key without a long prefix: the name at its end is enough to find the object. */
function shown({ plan }: BucketClient): string {
  const { key } = plan.write;
  return key.length <= 120 ? key : `${key.split("/").slice(-3).join("/")} below the prefix`;
}

function unproven(why: string): WriteAnswer {
  return { kind: "unproven", why };
}
