/** What each layer must not reach: api <- domain <- {resolve, probes} <- runtime <- wiring <- pepr.ts. */
const LAYERS = [
  { layer: "api", above: ["config", "domain", "manifests", "resolve", "probes", "runtime", "wiring"] },
  { layer: "config", above: ["manifests", "resolve", "probes", "runtime", "wiring"] },
  { layer: "domain", above: ["config", "manifests", "resolve", "probes", "runtime", "wiring"] },
  { layer: "resolve", above: ["config", "manifests", "runtime", "wiring"] },
  { layer: "probes", above: ["config", "manifests", "resolve", "runtime", "wiring"] },
  { layer: "runtime", above: ["manifests", "wiring"] },
  { layer: "manifests", above: ["resolve", "probes", "runtime", "wiring"] },
  { layer: "wiring", above: ["pepr"] },
];

const PATHS = {
  config: "^capabilities/config(-values|-cloud)?\\.ts$",
  wiring: "^capabilities/(?!config(-values|-cloud)?\\.ts$)[^/]+\\.ts$",
  pepr: "^pepr\\.ts$",
};

/** The folder of capabilities/probes/ to which each driver belongs. */
const DRIVERS = {
  postgres: ["pg", "pg-.*"],
  mongodb: ["mongodb", "bson"],
  kafka: ["kafkajs", "@platformatic/kafka"],
  s3: ["@aws-sdk/.*", "@smithy/.*"],
  git: ["ssh2", "isomorphic-git"],
  nats: ["@nats-io/.*"],
};

const FRAMEWORK = ["pepr", "kubernetes-fluent-client", "@kubernetes/client-node"];

function pathOf(layer) {
  return PATHS[layer] ?? `^capabilities/${layer}/`;
}

function packages(names) {
  return `(^|/)node_modules/(@types/)?(${names.join("|")})(/|$)`;
}

function layerRule({ layer, above }) {
  return {
    name: `${layer}-reaches-up`,
    comment: "Imports point one way: api <- domain <- {resolve, probes} <- runtime <- wiring <- pepr.ts.",
    severity: "error",
    from: { path: pathOf(layer) },
    to: { path: above.map(pathOf) },
  };
}

function driverRule([folder, names]) {
  return {
    name: `driver-outside-probes-${folder}`,
    comment: "A driver is imported only by its own probe, so that it can be replaced there.",
    severity: "error",
    from: { pathNot: `^capabilities/probes/${folder}/` },
    to: { path: packages(names) },
  };
}

/** GitLab is Git with another user, and Google Cloud Storage speaks S3's protocol too. */
const BUILDS_ON = { gitlab: "git", gcs: "s3" };

function siblingRule(folder) {
  const others = ["net", "google", ...Object.keys(BUILDS_ON)].join("|");
  const from = folder === "" ? `(?!(?:${others})/)([^/]+)` : `(${folder})`;
  const allowed = ["net", "google", "$1", ...(folder === "" ? [] : [BUILDS_ON[folder]])].join("|");
  return {
    name: "probes-know-no-other-probe",
    comment: "What two backends share belongs to capabilities/probes/ itself, to net/ or to google/.",
    severity: "error",
    from: { path: `^capabilities/probes/${from}/` },
    to: { path: "^capabilities/probes/[^/]+/", pathNot: `^capabilities/probes/(${allowed})/` },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Type-only imports count: two files that need each other's types are one file in two pieces.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...LAYERS.map(layerRule),
    {
      name: "resolve-knows-only-the-probe-interface",
      comment: "Resolving a sink asks its probe for references and a plan, and knows no backend.",
      severity: "error",
      from: { path: "^capabilities/resolve/" },
      to: { path: "^capabilities/probes/", pathNot: "^capabilities/probes/probe\\.ts$" },
    },
    {
      name: "resolve-takes-only-types-from-probes",
      severity: "error",
      from: { path: "^capabilities/resolve/" },
      to: { path: "^capabilities/probes/", dependencyTypesNot: ["type-only"] },
    },
    ...["", "gitlab", "gcs"].map(siblingRule),
    {
      name: "net-knows-no-probe",
      severity: "error",
      from: { path: "^capabilities/probes/net/" },
      to: { path: "^capabilities/probes/[^/]+/", pathNot: "^capabilities/probes/net/" },
    },
    ...Object.entries(DRIVERS).map(driverRule),
    {
      name: "framework-outside-the-wiring",
      comment: "Decisions, probes and the scheduler must run without the framework.",
      severity: "error",
      from: { pathNot: [pathOf("wiring"), pathOf("pepr"), "^capabilities/(api/kinds\\.ts$|runtime/kube/)"] },
      to: { path: packages(FRAMEWORK) },
    },
    {
      name: "module-writes-no-files",
      comment: "What writes the generated files runs on a developer's machine.",
      severity: "error",
      from: { path: "^(capabilities/|pepr\\.ts$)" },
      to: { path: "^capabilities/manifests/(files|stale-files)\\.ts$" },
    },
    {
      name: "module-needs-tests-or-scripts",
      severity: "error",
      from: { path: "^(capabilities/|pepr\\.ts$)" },
      to: { path: "^(test|scripts)/" },
    },
    {
      name: "domain-does-no-input-or-output",
      comment: "The domain is pure: what it needs to know is passed to it.",
      severity: "error",
      from: { path: "^capabilities/(api|domain)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(net|url|util|crypto|buffer)$" },
    },
    {
      name: "undeclared-package",
      comment: "What is imported is in package.json, with an exact version.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"] },
    },
    {
      name: "development-package-in-the-module",
      comment: "The module runs where only `dependencies` are; the generators run on a developer's machine.",
      severity: "error",
      from: { path: "^(capabilities/|pepr\\.ts$)", pathNot: "^capabilities/manifests/files\\.ts$" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "require", "node", "default"],
      mainFields: ["types", "main"],
    },
  },
};
