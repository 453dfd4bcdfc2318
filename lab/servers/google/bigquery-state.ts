/** A table as the stand-in keeps it; rows are not kept. */
export interface Table {
  /** As the REST resource names it: `TABLE` when absent, `VIEW`, `SNAPSHOT`. */
  readonly type?: string;
  readonly columns: readonly string[];
}

export interface Dataset {
  readonly location: string;
  readonly tables: Record<string, Table>;
}

export type Datasets = Readonly<Record<string, Dataset>>;

/** Whether an account has a permission on the project, a dataset or a table. */
export type Allowed = (permission: string, dataset?: string, table?: string) => boolean;

/** What grants allow; one for a dataset holds for its tables too. */
export function allowedBy(grants: readonly string[]): Allowed {
  return (permission, dataset, table) =>
    grants.includes(permission) ||
    (dataset !== undefined && grants.includes(`${permission}@${dataset}`)) ||
    (table !== undefined && grants.includes(`${permission}@${dataset}.${table}`));
}

export const allAllowed: Allowed = () => true;
