import type { KubeObject } from "./objects";
import type { Role } from "./operator-process";

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** The environment that the generated Deployment of a role gives to its container. */
export function roleEnvironment(manifests: readonly KubeObject[], role: Role): Record<string, string> {
  const deployment = manifests.find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.labels?.["pepr.dev/controller"] === role,
  );
  if (!deployment) throw new Error(`the module has no ${role} Deployment: it registers no action for one`);
  const [container] = (deployment as unknown as Deployment).spec.template.spec.containers;
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}
