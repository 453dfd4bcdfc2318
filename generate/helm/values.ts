import { CONFIG_OPTIONS } from "../../capabilities/config/options";
import type { DeploymentObject } from "../gitops/framework";
import type { InstallSource } from "../gitops/source";

/** Settings that the chart derives from other values. */
const DERIVED = ["KOLLECT_INSTALL_CRDS", "KOLLECT_WATCH_NAMESPACES"];

/** One value: its default, its purpose, and its allowed values. */
interface Value {
  readonly default: unknown;
  readonly about: string;
  /** JSON Schema without the description. */
  readonly schema: object;
}

type Values = Readonly<Record<string, Value | Group>>;
interface Group {
  readonly group: Values;
  readonly about: string;
}

const flag = { type: "boolean" };
const map = { type: "object" };
const list = { type: "array", items: { type: "object" } };
const names = {
  type: "array",
  uniqueItems: true,
  items: { type: "string", pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" },
};

/** All values of the chart, in the order of values.yaml. */
export function valuesOf(source: InstallSource): Values {
  return {
    image: {
      about: "The image that runs the operator and the bootstrap Job.",
      group: {
        repository: {
          default: "",
          about: "The image that you built from the Dockerfile. Required with moduleInImage.",
          schema: { type: "string" },
        },
        tag: {
          default: "",
          about: "The tag, by default the chart's version; may include a digest, as in v1.0.0@sha256:…",
          schema: { type: "string" },
        },
      },
    },
    imagePullSecrets: { default: [], about: "Secrets for pulling the image.", schema: list },
    moduleInImage: {
      default: true,
      about:
        "Whether the image holds the module. Otherwise a Secret of this chart does, and the image may be the " +
        "framework's; that is for helm template and Argo CD, because Helm's record of a release has no room for it.",
      schema: flag,
    },
    settings: {
      default: withoutDerived(source.settings),
      about: "KOLLECT_ settings; the project's reference describes them.",
      schema: { type: "object", additionalProperties: false, properties: settingsSchema() },
    },
    namespaces: {
      default: [],
      about: "Namespaces whose tests the operator serves, all if empty. Its rights are limited to them.",
      schema: names,
    },
    ...workloadValues(source),
    ...switches(),
  };
}

function workloadValues({ framework }: InstallSource): Values {
  const about = { admission: "The webhooks.", watcher: "The process that probes." };
  const replicas = {
    default: framework.admission.spec?.replicas,
    about: "Number of pods.",
    schema: { type: "integer", minimum: 1 },
  };
  return {
    admission: { about: about.admission, group: { replicas, ...podValues(framework.admission) } },
    watcher: { about: about.watcher, group: podValues(framework.watcher) },
  };
}

function podValues({ spec }: DeploymentObject): Values {
  const resources = spec?.template.spec?.containers[0]?.resources;
  return {
    resources: { default: resources, about: "Requests and limits.", schema: map },
    nodeSelector: { default: {}, about: "Labels of the nodes to run on.", schema: map },
    tolerations: { default: [], about: "Tolerations of the pods.", schema: list },
    affinity: { default: {}, about: "Affinity of the pods.", schema: map },
  };
}

function switches(): Values {
  const enabled = (about: string): Group => ({
    about,
    group: { enabled: { default: false, about: "Whether it is installed.", schema: flag } },
  });
  return {
    certificate: {
      default: "bootstrap",
      about: "What manages the webhooks' certificate: a Job of this chart, or cert-manager.",
      schema: { enum: ["bootstrap", "cert-manager"] },
    },
    crds: {
      about: "The CRDs, which remain when the chart is uninstalled.",
      group: {
        install: { default: true, about: "Set to false if another installer manages them.", schema: flag },
      },
    },
    people: {
      about: "Roles for users, aggregated to view, edit and admin.",
      group: { install: { default: true, about: "Whether they are installed.", schema: flag } },
    },
    networkPolicy: enabled(
      "What the pods may reach and who may reach them. Read config/network-policy first.",
    ),
    podDisruptionBudget: enabled("Keeps one admission pod while nodes are drained."),
    serviceMonitor: {
      about: "For the Prometheus operator.",
      group: {
        enabled: { default: false, about: "Whether it is installed.", schema: flag },
        labels: { default: {}, about: "Labels that your Prometheus selects by.", schema: map },
      },
    },
    prometheusRule: {
      about: "Alerts for the Prometheus operator; docs/alerts.md explains them.",
      group: {
        enabled: { default: false, about: "Whether they are installed.", schema: flag },
        labels: { default: {}, about: "Labels that your Prometheus selects by.", schema: map },
        additionalRules: { default: [], about: "Additional rules for the same object.", schema: list },
      },
    },
    dashboards: {
      about: "A Grafana dashboard in a ConfigMap.",
      group: {
        enabled: { default: false, about: "Whether it is installed.", schema: flag },
        labels: { default: {}, about: "Labels that your Grafana selects by.", schema: map },
      },
    },
  };
}

function withoutDerived(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !DERIVED.includes(name)));
}

function settingsSchema(): Record<string, object> {
  const rows = CONFIG_OPTIONS.filter(({ env }) => !DERIVED.includes(env));
  return Object.fromEntries(
    rows.map((row) => {
      const description = `${row.description} ${row.type}; ${row.default || "empty"} by default.`;
      return [row.env, { description, type: ["string", "number", "boolean"] }];
    }),
  );
}

/** values.yaml as an object. */
export function defaultsOf(values: Values): Record<string, unknown> {
  return mapValues(values, (value) => ("group" in value ? defaultsOf(value.group) : value.default));
}

/** values.schema.json, against which Helm validates the values of users. */
export function schemaOf(values: Values): object {
  return { $schema: "http://json-schema.org/draft-07/schema#", title: "Values", ...groupSchema(values) };
}

function groupSchema(values: Values): object {
  const properties = mapValues(values, (value) => ({
    description: value.about,
    ...("group" in value ? groupSchema(value.group) : value.schema),
  }));
  // Helm itself adds `global` when the chart is part of another.
  return { type: "object", additionalProperties: false, properties: { ...properties, global: {} } };
}

function mapValues<T>(values: Values, change: (value: Value | Group) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** The comments of values.yaml above each value. */
export function commentsOf(values: Values, path: readonly string[] = []): [string[], string][] {
  return Object.entries(values).flatMap(([name, value]): [string[], string][] => {
    const here = [...path, name];
    return [[here, value.about], ...("group" in value ? commentsOf(value.group, here) : [])];
  });
}
