import pkg from "../../package.json";
import { labelled, namespaced, type KubeObject } from "../gitops/objects";
import { ALERTS, expressionOf, type Alert } from "./alerts";

/** Name of the PrometheusRule and of its group. */
export const RULES_NAME = "kollect-connection-test";

/** URL of the page of alerts; each alert has a heading there. */
export const RUNBOOKS = `${pkg.homepage}/blob/main/docs/alerts.md`;

/** One rule in the format of Prometheus. */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The groups of a rule file. */
export function ruleGroups(): RuleGroup[] {
  return [{ name: RULES_NAME, rules: ALERTS.map(ruleOf) }];
}

/** The rules for the Prometheus operator. */
export function prometheusRule(): KubeObject {
  const rule = namespaced("monitoring.coreos.com/v1", "PrometheusRule", RULES_NAME);
  return labelled({ ...rule, spec: { groups: ruleGroups() } });
}

function ruleOf(alert: Alert): Rule {
  const { name, severity, summary, description } = alert;
  return {
    alert: name,
    expr: expressionOf(alert),
    for: alert.for,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOKS}#${name.toLowerCase()}` },
  };
}
