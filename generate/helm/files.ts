/** Where the chart keeps what is no template. */
export const FILES = {
  module: "files/module.js.gz",
  bootstrap: "files/bootstrap.cjs",
  rules: "files/rules.yaml",
  dashboard: "files/dashboard.json",
} as const;
