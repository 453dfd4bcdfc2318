/** Where the framework runs the operator, and under which id; package.json's `pepr.uuid` is the same word. */
export const OPERATOR = { namespace: "pepr-system", uuid: "kollect-connection-test" } as const;

/** The ServiceAccount that the framework makes of its id. */
export const OPERATOR_SERVICE_ACCOUNT = `pepr-${OPERATOR.uuid}`;

/** Name of the CustomResourceDefinition of Pepr's store, which all modules of a cluster share. */
export const STORE_CRD = "peprstores.pepr.dev";

/** Names of the objects in which Pepr keeps a module's data and schedules (pepr 1.1.4, lib/controller/index.ts). */
export const STORES: readonly string[] = [
  `${OPERATOR_SERVICE_ACCOUNT}-store`,
  `${OPERATOR_SERVICE_ACCOUNT}-schedule`,
];
