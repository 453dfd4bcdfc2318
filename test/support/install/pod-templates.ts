import type { V1PodSpec, V1PodTemplateSpec } from "@kubernetes/client-node";
import type { KubeObject } from "../../../install/render/objects";

/** The pod that an object makes. */
export interface PodTemplate {
  /** Kind and name of the object. */
  readonly name: string;
  readonly spec: V1PodSpec;
}

interface Workload {
  readonly template?: V1PodTemplateSpec;
  readonly jobTemplate?: { readonly spec: { readonly template: V1PodTemplateSpec } };
}

/** The pod templates among objects: of Deployments, Jobs and CronJobs. */
export function podTemplates(objects: readonly KubeObject[]): PodTemplate[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const { template, jobTemplate } = (spec ?? {}) as Workload;
    const pod = (template ?? jobTemplate?.spec.template)?.spec;
    return pod ? [{ name: `${kind} ${metadata.name}`, spec: pod }] : [];
  });
}

/** Names of templates whose pods run as somebody else than these ServiceAccounts. */
export function unknownAccounts(templates: readonly PodTemplate[], accounts: readonly string[]): string[] {
  return templates.flatMap(({ name, spec }) =>
    accounts.includes(spec.serviceAccountName ?? "") ? [] : [name],
  );
}
