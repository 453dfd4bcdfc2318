import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface DocumentedRights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** The blocks of permissions that docs/sinks/nats.md shows: what the exporter needs, and what proves all of it. */
export function documentedRights(): { readonly least: DocumentedRights; readonly proving: DocumentedRights } {
  const page = readFileSync(join("docs", "sinks", "nats.md"), "utf8");
  const blocks = [...page.matchAll(/```\npermissions: \{\n([\s\S]*?)\n\}\n```/g)].map(([, block = ""]) => ({
    publish: listed("publish", block),
    subscribe: listed("subscribe", block),
  }));
  const [least, proving] = blocks;
  if (!least || !proving || blocks.length !== 2)
    throw new Error("docs/sinks/nats.md shows no two blocks of rights");
  return { least, proving };
}

/** A list of a block, which is in NATS' own form of JSON. */
function listed(name: string, block: string): string[] {
  const [, list = "[]"] = new RegExp(`${name}: (\\[[^\\]]*\\])`).exec(block) ?? [];
  return JSON.parse(list) as string[];
}
