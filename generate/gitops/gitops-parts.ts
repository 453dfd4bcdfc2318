import { KIND_DEFINITIONS } from "../../capabilities/api/schema";
import { crdOf } from "../../capabilities/api/crd";
import { FEATURES, type Feature } from "../config/operator-rules";
import { peopleRole } from "../config/roles";
import {
  clusterAccess,
  entryPointAccess,
  FEATURE_NAMES,
  featureAccess,
  namespaceAccess,
  serviceAccount,
  storeAccess,
  watchAccess,
} from "./access";
import {
  bootstrapAccess,
  bootstrapJobs,
  bootstrapScript,
  emptySecrets,
  type BootstrapOptions,
} from "./bootstrap";
import { certificates, INJECT_CA } from "./cert-manager";
import { moduleInImagePatches } from "./module-in-image";
import { moduleSecret } from "./module-secret";
import { DASHBOARD_FILE, dashboardJson } from "../monitoring/dashboard";
import { prometheusRule } from "../monitoring/rules";
import { dashboardConfigMap, disruptionBudget, serviceMonitor } from "./monitoring";
import { storeCrd } from "./pepr-store";
import { annotated, KEEP, labelled, NAMES, toYaml, type KubeObject, type RenderedFile } from "./objects";
import { workloadsOf, type InstallSource } from "./source";

/** A folder of the kustomization that can be selected separately. */
export interface Part {
  readonly folder: string;
  /** Key under which a kustomization lists it: a part that changes other parts is a component. */
  readonly list: "resources" | "components";
  /** Its purpose, in one line. */
  readonly about: string;
  /** Whether the kustomization at the root has it. */
  readonly default?: boolean;
  readonly files: readonly RenderedFile[];
  /** Further members of its kustomization. */
  readonly kustomization?: object;
}

/** All parts, in their listed order. */
export function gitopsParts(source: InstallSource): Part[] {
  return [
    ...basicParts(source),
    bootstrapPart(source),
    certManagerPart(source),
    ...optionalParts(source),
    ...namespacedParts(),
    imagePart(source),
    ...Object.entries(source.handwritten).map(([folder, files]) => handwrittenPart(folder, files)),
  ];
}

function basicParts(source: InstallSource): Part[] {
  const crds = KIND_DEFINITIONS.map((kind) => crdOf(kind) as unknown as KubeObject);
  const people = [peopleRole("editor"), peopleRole("viewer")] as KubeObject[];
  return [
    {
      folder: "crds",
      list: "resources",
      default: true,
      about: "The CRDs. Leave them out if another installer, such as Kollect's, manages them.",
      files: crds.map((crd) => [`${crd.metadata.name}.yaml`, toYaml(labelled(annotated(crd, KEEP)))]),
    },
    {
      folder: "operator",
      list: "resources",
      default: true,
      about: "The operator: its Deployments, Services, webhooks, module, rights and settings.",
      files: operatorFiles(source),
      kustomization: { configMapGenerator: [settings(source.settings)] },
    },
    {
      folder: "people",
      list: "resources",
      default: true,
      about: "Roles for users, aggregated to `view`, `edit` and `admin`.",
      files: people.map((role) => [`${role.metadata.name}.yaml`, toYaml(labelled(role))]),
    },
  ];
}

function operatorFiles(source: InstallSource): RenderedFile[] {
  const { admission, watcher, services, webhooks } = workloadsOf(source);
  const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMES.namespace } };
  const access = [serviceAccount(NAMES.operator), ...clusterAccess(), ...storeAccess()];
  return [
    ["namespace.yaml", toYaml(annotated(namespace, KEEP))],
    ["access.yaml", toYaml(...access)],
    ["module.yaml", toYaml(moduleSecret(source.module))],
    ["entry-point.yaml", toYaml(...entryPointAccess())],
    ["admission.yaml", toYaml(admission)],
    ["watcher.yaml", toYaml(watcher)],
    ["services.yaml", toYaml(...services)],
    ["webhooks.yaml", toYaml(...webhooks)],
  ];
}

function bootstrapPart(source: InstallSource): Part {
  return {
    folder: "bootstrap",
    list: "resources",
    default: true,
    about:
      "A Job that creates the webhooks' certificate and their secret path in the cluster, and renews the certificate.",
    files: bootstrapFiles(source, { certificate: "own", image: source.image }),
  };
}

function certManagerPart(source: InstallSource): Part {
  return {
    folder: "cert-manager",
    list: "components",
    about:
      "Instead of `bootstrap`: cert-manager issues the certificate, and the Job only creates the secret path.",
    files: [
      ...bootstrapFiles(source, { certificate: "cert-manager", image: source.image }),
      ["certificates.yaml", toYaml(...certificates())],
    ],
    kustomization: {
      patches: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].map((kind) => ({
        target: { kind, name: NAMES.operator },
        patch: toYaml({
          apiVersion: "admissionregistration.k8s.io/v1",
          kind,
          metadata: { name: NAMES.operator, annotations: INJECT_CA },
        }),
      })),
    },
  };
}

function bootstrapFiles({ bootstrap }: InstallSource, options: BootstrapOptions): RenderedFile[] {
  return [
    ["access.yaml", toYaml(...bootstrapAccess(options))],
    ["secrets.yaml", toYaml(...emptySecrets(options))],
    ["program.yaml", toYaml(bootstrapScript(bootstrap))],
    ["jobs.yaml", toYaml(...bootstrapJobs(bootstrap, options))],
  ];
}

function optionalParts(source: InstallSource): Part[] {
  const { admission, services } = workloadsOf(source);
  return [
    {
      folder: "pod-disruption-budget",
      list: "resources",
      about: "Keeps one admission pod while nodes are drained.",
      files: [["admission.yaml", toYaml(disruptionBudget(admission))]],
    },
    {
      folder: "service-monitor",
      list: "resources",
      about: "ServiceMonitors for the Prometheus operator.",
      files: [["service-monitors.yaml", toYaml(...services.map(serviceMonitor))]],
    },
    {
      folder: "prometheus-rule",
      list: "resources",
      about: "Alerts for the Prometheus operator; docs/alerts.md explains them.",
      files: [["prometheus-rule.yaml", toYaml(prometheusRule())]],
    },
    {
      folder: "dashboards",
      list: "resources",
      about: 'A Grafana dashboard, in a ConfigMap with the label `grafana_dashboard: "1"`.',
      files: [
        ["dashboard.yaml", toYaml(dashboardConfigMap())],
        [DASHBOARD_FILE, dashboardJson()],
      ],
    },
    ...FEATURES.map((feature) => featurePart(feature)),
  ];
}

const SWITCHES: Readonly<Record<Feature, string>> = {
  sinkTriggers: "KOLLECT_SINK_TRIGGERS",
  accessCheck: "KOLLECT_REQUIRE_SINK_ACCESS",
};

function featurePart(feature: Feature): Part {
  return {
    folder: FEATURE_NAMES[feature],
    list: "components",
    about: `Sets \`${SWITCHES[feature]}\`, with the right that it needs.`,
    files: [["access.yaml", toYaml(...featureAccess(feature, "cluster"))]],
    kustomization: {
      configMapGenerator: [{ ...settings({ [SWITCHES[feature]]: "true" }), behavior: "merge" }],
    },
  };
}

function namespacedParts(): Part[] {
  const [clusterRole] = watchAccess();
  return [
    {
      folder: "namespaced",
      list: "components",
      about:
        "For an operator that serves listed namespaces: keeps only the rights that must be cluster-wide. Set " +
        "`KOLLECT_WATCH_NAMESPACES`, and apply `namespaced/namespace` in each of them.",
      files: [],
      kustomization: { patches: [{ patch: toYaml(clusterRole ?? {}) }] },
    },
    {
      folder: "namespaced/namespace",
      list: "resources",
      about: "The operator's rights in one listed namespace; set that namespace in your kustomization.",
      files: [["access.yaml", toYaml(...namespaceAccess(""))]],
    },
    ...FEATURES.map(
      (feature): Part => ({
        folder: `namespaced/${FEATURE_NAMES[feature]}`,
        list: "resources",
        about: `The additional right in one listed namespace that \`${SWITCHES[feature]}\` needs.`,
        files: [["access.yaml", toYaml(...featureAccess(feature, { namespace: "" }))]],
      }),
    ),
  ];
}

function imagePart(source: InstallSource): Part {
  return {
    folder: "module-in-image",
    list: "components",
    about: "For an image that contains the module (see the Dockerfile): no code comes from a Secret.",
    files: [["store.yaml", toYaml(storeCrd())]],
    kustomization: { patches: moduleInImagePatches(source) },
  };
}

function handwrittenPart(folder: string, files: readonly RenderedFile[]): Part {
  if (folder !== "argo-cd") {
    const about = "NetworkPolicies for the pods. Read and narrow them first.";
    return { folder, list: "resources", about, files };
  }
  return {
    folder,
    list: "components",
    about: "Health of tests, for the kustomization that holds Argo CD's own ConfigMap `argocd-cm`.",
    files,
    kustomization: { resources: undefined, patches: [{ path: "argocd-cm.yaml" }] },
  };
}

function settings(values: Readonly<Record<string, string>>): object {
  const literals = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return { name: NAMES.settings, namespace: NAMES.namespace, literals };
}
