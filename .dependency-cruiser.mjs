import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The layers of the module, from the ground up: each may import the layers before it, and itself. Layers of one tier do
 * not import each other, but for the pairs in {@link BESIDE}.
 */
const TIERS = [
  ["api", "lib"],
  ["domain"],
  ["config"],
  ["resolve", "probes", "kube"],
  ["scheduler", "records", "health"],
  ["framework", "wiring"],
  ["pepr"],
];

/** Resolving asks a probe for references and a plan; the wiring calls the patches of the framework. */
const BESIDE = { resolve: ["probes"], wiring: ["framework"] };

const ORDER = TIERS.map((tier) => tier.join(", ")).join(" <- ");

const PATHS = {
  wiring: "^capabilities/[^/]+\\.ts$",
  pepr: "^pepr\\.ts$",
};

/** What ships, as opposed to what generates, starts and tests it. */
const MODULE = "^(capabilities/|pepr\\.ts$)";

const PROBES = join(import.meta.dirname, "capabilities/probes");

/** The packages that each folder of capabilities/probes/ names in its drivers.json; most folders name none. */
const DRIVERS = Object.fromEntries(
  readdirSync(PROBES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, driversOf(join(PROBES, name, "drivers.json"))]),
);

function driversOf(file) {
  return existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, "utf8"))) : [];
}

const FRAMEWORK = ["pepr", "kubernetes-fluent-client", "@kubernetes/client-node"];

function pathOf(layer) {
  return PATHS[layer] ?? `^capabilities/${layer}/`;
}

function packages(names) {
  return `(^|/)node_modules/(@types/)?(${names.join("|")})(/|$)`;
}

function layerRules(tier, index) {
  const later = TIERS.slice(index + 1).flat();
  return tier.map((layer) => {
    const beside = tier.filter((other) => other !== layer && !BESIDE[layer]?.includes(other));
    return {
      name: `${layer}-reaches-up`,
      comment: `Imports point one way: ${ORDER}.`,
      severity: "error",
      from: { path: pathOf(layer) },
      to: { path: [...later, ...beside].map(pathOf) },
    };
  });
}

function driverRules([folder, names]) {
  const own = `^capabilities/probes/${folder}/`;
  const outside = {
    name: `driver-outside-probes-${folder}`,
    comment: "A driver is imported only by its own probe, so that it can be replaced there.",
    severity: "error",
    from: { path: [MODULE, "^cli/"], pathNot: own },
    to: { path: packages(names) },
  };
  const unnamed = {
    name: `driver-unnamed-by-probes-${folder}`,
    comment: `What a probe imports is in its drivers.json, with the reason: capabilities/probes/${folder}/drivers.json.`,
    severity: "error",
    from: { path: own },
    to: {
      path: "(^|/)node_modules/",
      ...(names.length > 0 ? { pathNot: packages(names) } : {}),
      dependencyTypesNot: ["core"],
    },
  };
  return names.length > 0 ? [outside, unnamed] : [unnamed];
}

/** Folders of what backends share. */
const SHARED = ["net", "google", "secrets"];
/** GitLab is Git with another user, and Google Cloud Storage speaks S3's protocol too. */
const BUILDS_ON = { gitlab: "git", gcs: "s3" };

function siblingRule(folder) {
  const others = [...SHARED, ...Object.keys(BUILDS_ON)].join("|");
  const from = folder === "" ? `(?!(?:${others})/)([^/]+)` : `(${folder})`;
  const allowed = [...SHARED, "$1", ...(folder === "" ? [] : [BUILDS_ON[folder]])].join("|");
  return {
    name: "probes-know-no-other-probe",
    comment: "What two backends share belongs to capabilities/probes/ itself, to secrets/, net/ or google/.",
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
    ...TIERS.slice(0, -1).flatMap(layerRules),
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
    ...["", ...Object.keys(BUILDS_ON)].map(siblingRule),
    {
      name: "shared-knows-no-probe",
      severity: "error",
      from: { path: "^capabilities/probes/(google|secrets)/" },
      to: {
        path: "^capabilities/probes/[^/]+/",
        pathNot: `^capabilities/probes/(${SHARED.join("|")})/`,
      },
    },
    {
      name: "net-knows-no-probe",
      severity: "error",
      from: { path: "^capabilities/probes/net/" },
      to: { path: "^capabilities/probes/[^/]+/", pathNot: "^capabilities/probes/net/" },
    },
    ...Object.entries(DRIVERS).flatMap(driverRules),
    {
      name: "framework-outside-the-wiring",
      comment: "Decisions, probes and the scheduler must run without the framework.",
      severity: "error",
      from: {
        path: MODULE,
        pathNot: [...["wiring", "pepr", "framework", "kube"].map(pathOf), "^capabilities/api/kinds\\.ts$"],
      },
      to: { path: packages(FRAMEWORK) },
    },
    {
      name: "module-needs-its-tools",
      comment: "What ships needs nothing of what generates, starts and tests it.",
      severity: "error",
      from: { path: MODULE },
      to: { path: "^(generate|bootstrap|lab|cli|scripts|test)/" },
    },
    {
      name: "tools-need-tests",
      comment: "What tests share with scripts is in lab/.",
      severity: "error",
      from: { path: "^(generate|bootstrap|lab)/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "cli-is-imported",
      comment:
        "The plugin stands on the module; nothing stands on the plugin, but for its help in the docs and its bundle.",
      severity: "error",
      from: { pathNot: "^(cli|test|generate/plugin|lab/bundle)/" },
      to: { path: "^cli/" },
    },
    {
      name: "cli-knows-no-operator",
      comment:
        "The plugin resolves and probes by the module's own code, and needs none of what makes it an operator.",
      severity: "error",
      from: { path: "^cli/" },
      to: {
        path: [
          ...["scheduler", "records", "health", "framework", "wiring", "pepr"].map(pathOf),
          packages(["pepr"]),
        ],
      },
    },
    {
      name: "cli-needs-only-the-texts",
      comment:
        "What ships needs nothing of what generates, starts and tests it, but for the texts of the docs.",
      severity: "error",
      from: { path: "^cli/" },
      to: {
        path: "^(generate|bootstrap|lab|scripts|test)/",
        pathNot: "^generate/reference/(causes|reasons)\\.ts$",
      },
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
      comment: "The module and the plugin run where only `dependencies` are.",
      severity: "error",
      from: { path: [MODULE, "^cli/.*\\.ts$"] },
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
