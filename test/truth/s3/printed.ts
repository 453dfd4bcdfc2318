import { readFileSync } from "node:fs";
import { BUCKET, type Statement } from "./server";

const PAGE = new URL("../../../docs/sinks/s3.md", import.meta.url);

/** The policy that the page prints, for the bucket and prefix of the rows instead of those of the page. */
export function readGrant(): Statement[] {
  const [, json] = /```json\n([^]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
  if (json === undefined) throw new Error("docs/sinks/s3.md prints no policy");
  const own = json.replaceAll("inventory/snapshots/", `${BUCKET}/kollect/`);
  const { Statement } = JSON.parse(own) as { Statement: Statement[] };
  return Statement;
}
