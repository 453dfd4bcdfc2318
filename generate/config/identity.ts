/** Namespace in which the framework runs the operator, and its id, which equals `pepr.uuid` of package.json. */
export const OPERATOR = { namespace: "pepr-system", uuid: "kollect-connection-test" } as const;

/** The ServiceAccount whose name the framework derives from its id. */
export const OPERATOR_SERVICE_ACCOUNT = `pepr-${OPERATOR.uuid}`;

/** Name of the CustomResourceDefinition of Pepr's store, which all modules of a cluster share. */
export const STORE_CRD = "peprstores.pepr.dev";

/** Names of the objects in which Pepr keeps a module's data and schedules (pepr 1.1.4, lib/controller/index.ts). */
export const STORES: readonly string[] = [
  `${OPERATOR_SERVICE_ACCOUNT}-store`,
  `${OPERATOR_SERVICE_ACCOUNT}-schedule`,
];
