import type {
  V1Deployment,
  V1MutatingWebhookConfiguration,
  V1Service,
  V1ValidatingWebhookConfiguration,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { NAMES, type KubeObject } from "./objects";

export type DeploymentObject = KubeObject & V1Deployment;
export type ServiceObject = KubeObject & V1Service;
export type WebhookObject = KubeObject & (V1MutatingWebhookConfiguration | V1ValidatingWebhookConfiguration);

/** Objects that are used from the framework's output. Its Secrets are not: they contain this build's private key. */
export interface FrameworkOutput {
  readonly admission: DeploymentObject;
  readonly watcher: DeploymentObject;
  readonly services: readonly ServiceObject[];
  readonly webhooks: readonly WebhookObject[];
}

/**
 * Reads `pepr-module-….yaml` of `pepr build`.
 * @throws Error that names a missing object, if the framework's output has changed
 */
export function readFramework(manifests: string): FrameworkOutput {
  const objects = parseAllDocuments(manifests).flatMap((document) => {
    if (document.errors[0]) throw new Error(`the framework's manifests: ${document.errors[0].message}`);
    return document.contents === null ? [] : [document.toJS() as KubeObject];
  });
  const one = (kind: string, name: string): KubeObject => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`the framework's manifests hold no ${kind} ${name}`);
    return found;
  };
  return {
    admission: one("Deployment", NAMES.operator) as DeploymentObject,
    watcher: one("Deployment", NAMES.watcher) as DeploymentObject,
    services: [
      one("Service", NAMES.operator) as ServiceObject,
      one("Service", NAMES.watcher) as ServiceObject,
    ],
    webhooks: [
      one("MutatingWebhookConfiguration", NAMES.operator) as WebhookObject,
      one("ValidatingWebhookConfiguration", NAMES.operator) as WebhookObject,
    ],
  };
}
