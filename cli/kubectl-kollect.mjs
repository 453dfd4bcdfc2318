#!/usr/bin/env node
// The plugin as built by `npm run build`, which needs only Node.js; in a checkout without a build, its source.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, URL } from "node:url";

const built = fileURLToPath(new URL("../dist/kubectl-kollect.cjs", import.meta.url));
const require = createRequire(import.meta.url);

if (existsSync(built)) {
  require(built);
} else {
  // As with `node --import tsx`: the source is read by require and by import().
  await import("tsx");
  require("./entry.ts");
}
