import { OPERATOR, OPERATOR_SERVICE_ACCOUNT, STORES } from "./identity";

/** An object with only its identity, which is all that a deletion needs. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const NAME = OPERATOR_SERVICE_ACCOUNT;
const RBAC = "rbac.authorization.k8s.io/v1";
/** Prefix of names of objects that do not come from the framework. */
const OWN = "kollect-connection-test";
const SWITCHES = [`${OWN}-sink-triggers`, `${OWN}-access-check`];
const ENTRY_POINT = `${NAME}-entry-point`;
const POLICIES = [`${OWN}-admission`, `${OWN}-watcher`, `${OWN}-bootstrap`];
const PEOPLE = [`${OWN}-editor`, `${OWN}-viewer`];

function clusterWide(apiVersion: string, kind: string, ...names: readonly string[]): ObjectName[] {
  return names.map((name) => ({ apiVersion, kind, metadata: { name } }));
}

function namespaced(apiVersion: string, kind: string, ...names: readonly string[]): ObjectName[] {
  return names.map((name) => ({ apiVersion, kind, metadata: { name, namespace: OPERATOR.namespace } }));
}

/**
 * The objects of an installation by the framework's `deploy` and by config/, and those that other installations leave
 * behind: cert-manager keeps its Secrets, and the framework its stores. Without the namespace, which is the
 * framework's, and the CustomResourceDefinitions, because users' objects would be deleted with them. In the order of
 * deletion: webhooks first, because without their pods no object of these kinds could be written.
 */
export function installedObjects(): ObjectName[] {
  return [
    ...clusterWide("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", NAME),
    ...clusterWide("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", NAME),
    ...namespaced("apps/v1", "Deployment", NAME, `${NAME}-watcher`),
    ...namespaced("v1", "Service", NAME, `${NAME}-watcher`),
    ...namespaced("networking.k8s.io/v1", "NetworkPolicy", ...POLICIES),
    ...namespaced("v1", "Secret", `${NAME}-module`, `${NAME}-tls`, `${NAME}-ca`, `${NAME}-api-path`),
    ...clusterWide(RBAC, "ClusterRoleBinding", NAME, ENTRY_POINT, ...SWITCHES),
    ...clusterWide(RBAC, "ClusterRole", NAME, ENTRY_POINT, ...SWITCHES, ...PEOPLE),
    ...namespaced(RBAC, "RoleBinding", `${NAME}-store`),
    ...namespaced(RBAC, "Role", `${NAME}-store`),
    ...namespaced("v1", "ServiceAccount", NAME),
    ...namespaced("pepr.dev/v1", "PeprStore", ...STORES),
  ];
}
