import { OPERATOR, OPERATOR_SERVICE_ACCOUNT, STORES } from "./identity";

/** An object by what names it, which is all that a deletion needs. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const NAME = OPERATOR_SERVICE_ACCOUNT;
const RBAC = "rbac.authorization.k8s.io/v1";
/** Names of what does not come from the framework begin so. */
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
 * What an installation by the framework's `deploy` and by config/ consists of, and what stays behind of the others:
 * cert-manager keeps its Secrets, and the framework its stores. All but for the namespace, which is the
 * framework's, and the CustomResourceDefinitions, which hold people's objects. In the order in which to delete it:
 * webhooks first, because without the pods behind them no object of these kinds could be written any more.
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
