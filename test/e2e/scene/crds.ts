import { waitUntil } from "../../../lab/control-plane/wait";
import { KubeApiError } from "../../../lab/operator/kube-api";
import type { Objects } from "./objects";

/** A schema of a CRD, as far as the tests change one. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  pattern?: string;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

export interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly versions: { schema: { openAPIV3Schema: Schema } }[];
    readonly [member: string]: unknown;
  };
}

/**
 * Changes the schema of an installed CRD, as another installer's may differ, and returns what puts the old one back.
 * The API server takes a moment to obey the new schema.
 */
export async function changeSchema(
  objects: Objects,
  plural: string,
  change: (schema: Schema) => Schema,
): Promise<() => Promise<void>> {
  const name = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.kollect.dev` },
  };
  let before: Schema | undefined;
  const write = (next: (schema: Schema) => Schema): Promise<true> =>
    waitUntil({ what: `the change of ${name.metadata.name}`, timeoutMs: 30_000 }, async () => {
      const crd = (await objects.read(name)) as unknown as Crd;
      const [version] = crd.spec.versions;
      if (!version) throw new Error(`${name.metadata.name} has no version`);
      before ??= structuredClone(version.schema.openAPIV3Schema);
      version.schema.openAPIV3Schema = next(structuredClone(before));
      try {
        await objects.replace(crd);
        return true;
      } catch (error) {
        // Its controllers write to it too: with what is there now it is tried again.
        if (error instanceof KubeApiError && error.status === 409) return undefined;
        throw error;
      }
    });
  await write(change);
  return async () => void (await write((schema) => schema));
}

/** The schema below a path of property names. Throws when there is none. */
export function propertyOf(schema: Schema, ...path: readonly string[]): Schema {
  return path.reduce((at, name) => {
    const next = at.properties?.[name];
    if (!next) throw new Error(`the schema has no property ${path.join(".")}`);
    return next;
  }, schema);
}

/** Tries until the API server no longer refuses the object as invalid, because a schema was just changed. */
export function createWhenValid<T>(create: () => Promise<T>): Promise<T> {
  return waitUntil({ what: "the schema's admission of the object", timeoutMs: 10_000 }, async () => {
    try {
      return await create();
    } catch (error) {
      if (error instanceof KubeApiError && error.status === 422) return undefined;
      throw error;
    }
  });
}
