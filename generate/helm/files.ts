/** Paths of the chart's files that are not templates. */
export const FILES = {
  module: "files/module.js.gz",
  bootstrap: "files/bootstrap.cjs",
  rules: "files/rules.yaml",
  dashboard: "files/dashboard.json",
} as const;
