/** The members of Kubernetes' metadata that this project reads or writes, as they are on the wire. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  /** Incremented by the API server with every change outside metadata and status. */
  generation: number;
  /** RFC 3339. */
  creationTimestamp?: string;
  /** RFC 3339; present while the object waits to be deleted. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}
